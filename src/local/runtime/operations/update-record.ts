/** UpdateRecord: changes some features of an existing record, including its event time. */
import { checkFeatures, checkIdentifier, invalid } from '../feature-values.js';
import type { FeatureGroup } from '../../sagemaker/groups.js';
import { operation } from '../../wire/operation.js';
import { required, type InputOf } from '../../wire/rules.js';
import { inOneTransaction, update } from '../writes.js';
import * as shared from './rules.js';
import { findGroup, storesOf } from './target.js';

const MAX_FEATURES_PER_CALL = 100;

const rules = {
  FeatureGroupName: shared.featureGroupName,
  RecordIdentifierValueAsString: required(shared.value),
  Features: required({ ...shared.record, maxLength: MAX_FEATURES_PER_CALL }),
  TargetStores: shared.targetStores,
  TtlDuration: shared.ttlDuration,
};

export const updateRecord = operation({
  rules,
  async run(store, input, { region }) {
    const group = findGroup(store, region, { name: input.FeatureGroupName });
    const stores = storesOf(group, input.TargetStores);
    const { RecordIdentifierValueAsString: identifier, TtlDuration: ttl } = input;
    checkUpdatable(group, input);
    checkIdentifier(identifier);
    const features = checkFeatures(group, input.Features);
    const eventTime = features.find(({ FeatureName }) => FeatureName === group.eventTime)?.ValueAsString;
    if (ttl && eventTime === undefined) throw invalid('TtlDuration needs the event time feature among the Features.');
    await inOneTransaction(store, () => update(store, { group, stores }, { identifier, features, eventTime, ttl }));
  },
});

function checkUpdatable({ name, online, recordIdentifier }: FeatureGroup, input: InputOf<typeof rules>): void {
  if (online?.storageType !== 'Standard_V2' && online?.storageType !== 'InMemory') {
    throw invalid(`UpdateRecord needs an online store of type Standard_V2 or InMemory; FeatureGroup ${name} has none.`);
  }
  if (input.TargetStores && !input.TargetStores.includes('OnlineStore')) {
    throw invalid('The TargetStores of UpdateRecord must contain OnlineStore.');
  }
  if (input.Features.some(({ FeatureName }) => FeatureName === recordIdentifier)) {
    throw invalid(`The record identifier feature [${recordIdentifier}] cannot be updated.`);
  }
}
