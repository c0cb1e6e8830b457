/** The calls that read: GetRecord, BatchGetRecord and ListRecords; deleted and expired records do not exist. */
import { invalid, type FeatureValue } from '../feature-values.js';
import type { FeatureGroup } from '../../sagemaker/groups.js';
import { operation } from '../../wire/operation.js';
import { positionOf, tokenOf } from '../../wire/pages.js';
import { boolean, integer, list, required, string, structure } from '../../wire/rules.js';
import { ServiceError } from '../../wire/service-error.js';
import type { Store } from '../../store/store.js';
import { expiryText } from '../ttl.js';
import { aliveOrTombstone, isExpired } from '../writes.js';
import * as shared from './rules.js';
import { findOnlineGroup } from './target.js';

/** GetRecord: one record from the online store; an empty answer when there is none. */
export const getRecord = operation({
  rules: {
    FeatureGroupName: shared.featureGroupName,
    RecordIdentifierValueAsString: required(shared.value),
    FeatureNames: shared.featureNames,
    ExpirationTimeResponse: shared.expirationTimeResponse,
  },
  async run(store, input, { region }) {
    const group = findReadable(store, region, input);
    return (await readRecord(store, group, { ...input, identifier: input.RecordIdentifierValueAsString })) ?? {};
  },
});

const MAX_GROUPS_PER_CALL = 100;
/** Of all groups together: the [quotas](https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html) say so, the model does not. */
const MAX_IDENTIFIERS_PER_CALL = 100;

const identifier = structure({
  FeatureGroupName: shared.featureGroupName,
  RecordIdentifiersValueAsString: required(list(shared.value, { minLength: 1, maxLength: MAX_IDENTIFIERS_PER_CALL })),
  FeatureNames: shared.featureNames,
});

/** BatchGetRecord: records of several groups; an identifier that fails is answered in Errors, a missing one nowhere. */
export const batchGetRecord = operation({
  rules: {
    Identifiers: required(list(identifier, { minLength: 1, maxLength: MAX_GROUPS_PER_CALL })),
    ExpirationTimeResponse: shared.expirationTimeResponse,
  },
  async run(store, { Identifiers, ExpirationTimeResponse }, { region }) {
    const total = Identifiers.reduce((sum, { RecordIdentifiersValueAsString: { length } }) => sum + length, 0);
    if (total > MAX_IDENTIFIERS_PER_CALL)
      throw invalid(`The request is for ${total} records; ${MAX_IDENTIFIERS_PER_CALL} are allowed.`);
    const Records: object[] = [];
    const Errors: object[] = [];
    // Groups and identifiers are named in the answer as they were in the question.
    for (const { RecordIdentifiersValueAsString, ...asked } of Identifiers) {
      const { FeatureGroupName, FeatureNames } = asked;
      const named = RecordIdentifiersValueAsString.map((identifier) => ({
        FeatureGroupName,
        RecordIdentifierValueAsString: identifier,
      }));
      try {
        const group = findReadable(store, region, asked);
        for (const each of named) {
          const identifier = each.RecordIdentifierValueAsString;
          const found = await readRecord(store, group, { identifier, FeatureNames, ExpirationTimeResponse });
          if (found) Records.push({ ...each, ...found });
        }
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const { code: ErrorCode, message: ErrorMessage } = error;
        Errors.push(...named.map((each) => ({ ...each, ErrorCode, ErrorMessage })));
      }
    }
    return { Records, Errors, UnprocessedIdentifiers: [] };
  },
});

interface Asked {
  FeatureGroupName: string;
  FeatureNames?: string[];
}

/** Finds the group of a question. @throws ServiceError ValidationError for a feature that it lacks. */
function findReadable(store: Store, region: string, { FeatureGroupName, FeatureNames = [] }: Asked): FeatureGroup {
  const group = findOnlineGroup(store, region, FeatureGroupName);
  const unknown = FeatureNames.find((name) => !group.definitions.some(({ FeatureName }) => FeatureName === name));
  if (unknown === undefined) return group;
  throw invalid(`The feature named [${unknown}] is not defined in FeatureGroup ${group.name}.`);
}

/** The record for the answer; undefined if there is none. */
async function readRecord(
  store: Store,
  group: FeatureGroup,
  asked: { identifier: string; FeatureNames?: string[]; ExpirationTimeResponse?: 'Enabled' | 'Disabled' },
): Promise<{ Record: FeatureValue[]; ExpiresAt?: string } | undefined> {
  const { identifier, FeatureNames, ExpirationTimeResponse } = asked;
  const record = store.online.get(group.id, identifier);
  if (!record || record.deleted) return undefined;
  if (isExpired(record, store.now())) {
    await store.env.childTransaction(() => aliveOrTombstone(store, group, identifier));
    return undefined;
  }
  const { values, expiresAt } = record;
  return {
    Record: FeatureNames ? values.filter(({ FeatureName }) => FeatureNames.includes(FeatureName)) : values,
    ExpiresAt: ExpirationTimeResponse === 'Enabled' && expiresAt !== undefined ? expiryText(expiresAt) : undefined,
  };
}

const DEFAULT_PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 100;

/** ListRecords: the identifiers of the online store, in no order that means anything. */
export const listRecords = operation({
  rules: {
    FeatureGroupName: shared.featureGroupName,
    MaxResults: integer({ min: 1, max: MAX_PAGE_SIZE }),
    NextToken: string({ minLength: 1, maxLength: 8192 }),
    IncludeSoftDeletedRecords: boolean(),
  },
  run(store, input, { region }) {
    const { FeatureGroupName, MaxResults = DEFAULT_PAGE_SIZE, NextToken, IncludeSoftDeletedRecords = false } = input;
    const group = findOnlineGroup(store, region, FeatureGroupName);
    const after = NextToken === undefined ? undefined : positionOf(group.id, NextToken);
    if (NextToken !== undefined && after === undefined) throw invalid('The NextToken is invalid.');

    const identifiers: string[] = [];
    let last = '';
    for (const { position, record } of store.online.scan(group.id, after)) {
      if (isExpired(record, store.now()) || (record.deleted && !IncludeSoftDeletedRecords)) continue;
      if (identifiers.length === MaxResults)
        return { RecordIdentifiers: identifiers, NextToken: tokenOf(group.id, last) };
      identifiers.push(record.identifier);
      last = position;
    }
    return { RecordIdentifiers: identifiers };
  },
});
