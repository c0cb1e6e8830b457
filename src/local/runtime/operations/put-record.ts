/** PutRecord: writes a whole record; an older event time than the online one's makes it history. */
import { checkRecord, type FeatureValue } from '../feature-values.js';
import type { TtlDuration } from '../../sagemaker/groups.js';
import type { Operation } from '../../wire/operation.js';
import { required } from '../../wire/rules.js';
import { inOneTransaction, put } from '../writes.js';
import * as shared from './rules.js';
import { findGroup, notFoundForWrite, storesOf } from './target.js';
import type { TargetStore } from './target.js';
import { ttlFor } from './time-to-live.js';

interface Input {
  FeatureGroupName: string;
  Record: FeatureValue[];
  TargetStores?: TargetStore[];
  TtlDuration?: TtlDuration;
}

export const putRecord: Operation<Input> = {
  rules: {
    FeatureGroupName: shared.featureGroupName,
    Record: required(shared.record),
    TargetStores: shared.targetStores,
    TtlDuration: shared.ttlDuration,
  },
  async run(store, { FeatureGroupName, Record, TargetStores, TtlDuration }, { region }) {
    const group = findGroup(store, region, { name: FeatureGroupName, missing: notFoundForWrite });
    const stores = storesOf(group, TargetStores);
    const write = { ...checkRecord(group, Record), ttl: ttlFor(group, TtlDuration) };
    await inOneTransaction(store, () => put(store, { group, stores }, write));
  },
};
