/** GetRecord: one record from the online store; an empty answer when there is none. */
import type { Operation } from '../../wire/operation.js';
import { required } from '../../wire/rules.js';
import { checkFeatureNames, readRecord } from './reading.js';
import * as shared from './rules.js';
import { findOnlineGroup } from './target.js';

interface Input {
  FeatureGroupName: string;
  RecordIdentifierValueAsString: string;
  FeatureNames?: string[];
  ExpirationTimeResponse?: 'Enabled' | 'Disabled';
}

export const getRecord: Operation<Input> = {
  rules: {
    FeatureGroupName: shared.featureGroupName,
    RecordIdentifierValueAsString: required(shared.value),
    FeatureNames: shared.featureNames,
    ExpirationTimeResponse: shared.expirationTimeResponse,
  },
  async run(store, input, { region }) {
    const group = findOnlineGroup(store, region, input.FeatureGroupName);
    checkFeatureNames(group, input.FeatureNames);
    const found = await readRecord(store, group, {
      identifier: input.RecordIdentifierValueAsString,
      featureNames: input.FeatureNames,
      withExpiry: input.ExpirationTimeResponse === 'Enabled',
    });
    return found ?? {};
  },
};
