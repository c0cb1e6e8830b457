/** One hard deletion: tries event times until the service accepts one, for a given version or for any. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { FeatureGroup } from '../../groups/describe.js';
import { deletionTimes, type DeletionTimes } from './deletion-times.js';

export interface Refusal {
  code: string;
  message: string;
}

/** `isNewer`: written or deleted meanwhile, and still there. */
export type Deleted = { ok: true } | ({ ok: false; isNewer?: true } & Refusal);

export interface DeletionCalls extends Omit<DeletionTimes, 'isCareful'> {
  group: Pick<FeatureGroup, 'eventTime'>;
  /** @returns the rejection of the service; undefined where the record is gone */
  send(eventTime: string): Promise<Refusal | undefined>;
  /** The current record; undefined where none is visible. */
  read(): Promise<FeatureValue[] | undefined>;
  /** Only these versions are deleted; if undefined, all. */
  isHeld?(record: FeatureValue[]): boolean;
}

/** Limit for a record that is written over and over while it is deleted. */
const MAX_VERSIONS = 5;
const NO_LATER =
  'Its event time is the latest possible, so no deletion can be later: only deleting the feature group removes it.';

/** @param own event time of the record; undefined where it has none */
export async function deleteVersion(own: string | undefined, calls: DeletionCalls): Promise<Deleted> {
  const { group, send, read, isHeld } = calls;
  const times = { type: calls.type, now: calls.now, isCareful: isHeld !== undefined };
  let version = own;
  let refusal: Refusal = { code: 'ValidationError', message: NO_LATER };
  for (let versions = 1; versions <= MAX_VERSIONS; versions += 1) {
    let current: string | undefined;
    let isOther = false;
    for (const time of deletionTimes(version, times)) {
      const refused = await send(time);
      if (!refused) return { ok: true };
      refusal = refused;
      const record = await read();
      current = record && eventTimeIn(record, group);
      isOther = current !== version || (record !== undefined && isHeld?.(record) === false);
      if (isOther) break;
    }
    if (!isOther) break;
    if (isHeld) return { ok: false, isNewer: true, ...refusal };
    version = current;
  }
  return { ok: false, ...refusal };
}

/** The event time of a record, as stored. */
export function eventTimeIn(
  record: FeatureValue[],
  { eventTime }: Pick<FeatureGroup, 'eventTime'>,
): string | undefined {
  return record.find(({ FeatureName }) => FeatureName === eventTime)?.ValueAsString;
}
