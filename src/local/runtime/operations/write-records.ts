/** The calls that write: PutRecord, BatchWriteRecord, UpdateRecord and DeleteRecord. */
import { checkFeatures, checkIdentifier, checkRecord, invalid, type CheckedRecord } from '../feature-values.js';
import type { FeatureGroup, TtlDuration } from '../../sagemaker/groups.js';
import { allows, typesWith } from '../../sagemaker/storage-types.js';
import { operation } from '../../wire/operation.js';
import { list, required, string, structure, type InputOf } from '../../wire/rules.js';
import { ServiceError } from '../../wire/service-error.js';
import { ttlFor } from '../ttl.js';
import { put, remove, update, type Target } from '../writes.js';
import * as shared from './rules.js';
import { findGroup, notFoundForWrite, storesOf } from './target.js';

const entry = {
  FeatureGroupName: shared.featureGroupName,
  Record: required(shared.record),
  TargetStores: shared.targetStores,
  TtlDuration: shared.ttlDuration,
};

/** PutRecord: a whole record; an older event time than the online one's makes it history. */
export const putRecord = operation({
  rules: entry,
  async run(store, input, { region }) {
    const group = findGroup(store, region, { name: input.FeatureGroupName, missing: notFoundForWrite });
    const write = writeOf(group, input);
    await store.env.childTransaction(() => put(store, write, write.record));
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
      await store.env.childTransaction(() => writes.forEach((write) => put(store, write, write.record)));
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

const MAX_FEATURES_PER_CALL = 100;

const updateRules = {
  FeatureGroupName: shared.featureGroupName,
  RecordIdentifierValueAsString: required(shared.value),
  Features: required({ ...shared.record, maxLength: MAX_FEATURES_PER_CALL }),
  TargetStores: shared.targetStores,
  TtlDuration: shared.ttlDuration,
};

/** UpdateRecord: changes some features of an existing record, including its event time. */
export const updateRecord = operation({
  rules: updateRules,
  async run(store, input, { region }) {
    const group = findGroup(store, region, { name: input.FeatureGroupName });
    const stores = storesOf(group, input.TargetStores);
    const { RecordIdentifierValueAsString: identifier, TtlDuration: ttl } = input;
    checkUpdatable(group, input);
    checkIdentifier(identifier);
    const features = checkFeatures(group, input.Features);
    const eventTime = features.find(({ FeatureName }) => FeatureName === group.eventTime)?.ValueAsString;
    if (ttl && eventTime === undefined) throw invalid('TtlDuration needs the event time feature among the Features.');
    await store.env.childTransaction(() => update(store, { group, stores }, { identifier, features, eventTime, ttl }));
  },
});

function checkUpdatable({ name, online, recordIdentifier }: FeatureGroup, input: InputOf<typeof updateRules>): void {
  if (!online || !allows(online.storageType, 'UpdateRecord')) {
    const types = typesWith('UpdateRecord');
    throw invalid(`UpdateRecord needs an online store of type ${types}; FeatureGroup ${name} has none.`);
  }
  if (input.TargetStores && !input.TargetStores.includes('OnlineStore')) {
    throw invalid('The TargetStores of UpdateRecord must contain OnlineStore.');
  }
  if (input.Features.some(({ FeatureName }) => FeatureName === recordIdentifier)) {
    throw invalid(`The record identifier feature [${recordIdentifier}] cannot be updated.`);
  }
}

/** DeleteRecord: leaves a tombstone (soft) or nothing (hard) online, and a deletion row offline. */
export const deleteRecord = operation({
  rules: {
    FeatureGroupName: shared.featureGroupName,
    RecordIdentifierValueAsString: required(shared.value),
    EventTime: required(shared.value),
    TargetStores: shared.targetStores,
    DeletionMode: string({ oneOf: ['SoftDelete', 'HardDelete'] }),
  },
  async run(store, input, { region }) {
    const {
      RecordIdentifierValueAsString: identifier,
      EventTime: eventTime,
      DeletionMode: mode = 'SoftDelete',
    } = input;
    const group = findGroup(store, region, { name: input.FeatureGroupName, missing: notFoundForWrite });
    const stores = storesOf(group, input.TargetStores);
    checkIdentifier(identifier);
    if (mode === 'HardDelete' && !group.online) {
      throw invalid(`HardDelete needs an online store; FeatureGroup ${group.name} has none.`);
    }
    await store.env.childTransaction(() => remove(store, { group, stores }, { identifier, eventTime, mode }));
  },
});
