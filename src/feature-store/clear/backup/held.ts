/** What the backup contains, so that nothing else is deleted: records with their values, objects with their ETags. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { StoredObject } from '../../../s3/list.js';
import { openFingerprints } from '../../../utils/fingerprints.js';
import { fromRecord } from '../../records/record-rows.js';
import type { Row } from '../../../utils/json.js';

export interface Held {
  noteRow(row: Row): void;
  hasRecord(record: FeatureValue[]): boolean;
  noteObject(object: StoredObject): void;
  hasObject(object: StoredObject): boolean;
}

export function openHeld(): Held {
  const prints = openFingerprints();
  return {
    noteRow: (row) => prints.add(textOf(row)),
    hasRecord: (record) => prints.has(textOf(fromRecord(record))),
    noteObject: (object) => prints.add(nameOf(object)),
    hasObject: (object) => prints.has(nameOf(object)),
  };
}

/** The service does not guarantee the order of features. */
const textOf = (row: Row): string =>
  `record ${JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))}`;

const nameOf = ({ key, size, etag }: StoredObject): string => `object ${JSON.stringify([key, size, etag])}`;
