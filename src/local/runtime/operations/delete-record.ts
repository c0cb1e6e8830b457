/** DeleteRecord: leaves a tombstone (soft) or nothing (hard) online, and a deletion row offline. */
import { checkIdentifier, invalid } from '../feature-values.js';
import { operation } from '../../wire/operation.js';
import { required, string } from '../../wire/rules.js';
import { inOneTransaction, remove } from '../writes.js';
import * as shared from './rules.js';
import { findGroup, notFoundForWrite, storesOf } from './target.js';

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
    await inOneTransaction(store, () => remove(store, { group, stores }, { identifier, eventTime, mode }));
  },
});
