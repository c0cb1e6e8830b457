/** PutRecord and BatchWriteRecord: whole records; an older event time than the online one's makes a record history. */
import { checkRecord, type CheckedRecord } from '../feature-values.js';
import type { FeatureGroup, TtlDuration } from '../../sagemaker/groups.js';
import { operation } from '../../wire/operation.js';
import { list, required, structure, type InputOf } from '../../wire/rules.js';
import { ServiceError } from '../../wire/service-error.js';
import { ttlFor } from '../ttl.js';
import { inOneTransaction, put, type Target } from '../writes.js';
import * as shared from './rules.js';
import { findGroup, notFoundForWrite, storesOf } from './target.js';

const entry = {
  FeatureGroupName: shared.featureGroupName,
  Record: required(shared.record),
  TargetStores: shared.targetStores,
  TtlDuration: shared.ttlDuration,
};

export const putRecord = operation({
  rules: entry,
  async run(store, input, { region }) {
    const group = findGroup(store, region, { name: input.FeatureGroupName, missing: notFoundForWrite });
    const write = writeOf(group, input);
    await inOneTransaction(store, () => put(store, write, write.record));
  },
});

const MAX_ENTRIES_PER_CALL = 25;

type Write = Target & { record: CheckedRecord & { ttl?: TtlDuration } };

/** BatchWriteRecord: up to 25 puts in one transaction; a record that fails is answered in Errors, the rest is written. */
export const batchWriteRecord = operation({
  rules: {
    Entries: required(list(structure(entry), { minLength: 1, maxLength: MAX_ENTRIES_PER_CALL })),
    TtlDuration: shared.ttlDuration,
  },
  async run(store, { Entries, TtlDuration }, { region }) {
    const names = new Set(Entries.map(({ FeatureGroupName }) => FeatureGroupName));
    const groups = new Map([...names].map((name) => [name, findGroup(store, region, { name })]));
    const writes: Write[] = [];
    const errors: object[] = [];
    for (const entry of Entries) {
      try {
        writes.push(writeOf(groups.get(entry.FeatureGroupName)!, entry, TtlDuration));
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        errors.push({ Entry: entry, ErrorCode: error.code, ErrorMessage: error.message });
      }
    }
    if (writes.length > 0) {
      await inOneTransaction(store, () => writes.forEach((write) => put(store, write, write.record)));
    }
    return { Errors: errors, UnprocessedEntries: [] };
  },
});

/** @throws ServiceError ValidationError. */
function writeOf(group: FeatureGroup, given: InputOf<typeof entry>, requestTtl?: TtlDuration): Write {
  const stores = storesOf(group, given.TargetStores);
  const ttl = ttlFor(group, given.TtlDuration, requestTtl);
  return { group, stores, record: { ...checkRecord(group, given.Record), ttl } };
}
