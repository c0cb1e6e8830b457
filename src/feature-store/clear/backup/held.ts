/** What the backup contains, so that nothing else is deleted: records with their values, objects with their ETags. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { StoredObject } from '../../../s3/list.js';
import { openFingerprints } from '../../../utils/fingerprints.js';
import { fromRecord } from '../../records/record-rows.js';
import type { Row } from '../../../utils/json.js';

export type Held = ReturnType<typeof openHeld>;

export function openHeld() {
  const prints = openFingerprints();
  return {
    noteRow: (row: Row) => prints.add(textOf(row)),
    hasRecord: (record: FeatureValue[]) => prints.has(textOf(fromRecord(record))),
    noteObject: (object: StoredObject) => prints.add(nameOf(object)),
    hasObject: (object: StoredObject) => prints.has(nameOf(object)),
  };
}

/** The service does not guarantee the order of features. */
const textOf = (row: Row): string =>
  `record ${JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))}`;

const nameOf = ({ key, size, etag }: StoredObject): string => `object ${JSON.stringify([key, size, etag])}`;
