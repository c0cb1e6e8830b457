/** GetRecord and BatchGetRecord: deleted and expired records do not exist, and expired ones are removed for good. */
import { invalid, type FeatureValue } from '../feature-values.js';
import type { FeatureGroup } from '../../sagemaker/groups.js';
import { operation } from '../../wire/operation.js';
import { list, required, structure, type ValueOf } from '../../wire/rules.js';
import { ServiceError } from '../../wire/service-error.js';
import type { Store } from '../../store/store.js';
import { expiryText } from '../ttl.js';
import { aliveOrTombstone, inOneTransaction, isExpired } from '../writes.js';
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
    const group = findOnlineGroup(store, region, input.FeatureGroupName);
    checkFeatureNames(group, input.FeatureNames);
    const found = await readRecord(store, group, {
      identifier: input.RecordIdentifierValueAsString,
      featureNames: input.FeatureNames,
      withExpiry: input.ExpirationTimeResponse === 'Enabled',
    });
    return found ?? {};
  },
});

const MAX_GROUPS_PER_CALL = 100;
const MAX_IDENTIFIERS_PER_GROUP = 100;

const identifier = structure({
  FeatureGroupName: shared.featureGroupName,
  RecordIdentifiersValueAsString: required(list(shared.value, { minLength: 1, maxLength: MAX_IDENTIFIERS_PER_GROUP })),
  FeatureNames: shared.featureNames,
});

/** BatchGetRecord: records of several groups; an identifier that fails is answered in Errors, a missing one nowhere. */
export const batchGetRecord = operation({
  rules: {
    Identifiers: required(list(identifier, { minLength: 1, maxLength: MAX_GROUPS_PER_CALL })),
    ExpirationTimeResponse: shared.expirationTimeResponse,
  },
  async run(store, { Identifiers, ExpirationTimeResponse }, { region }) {
    const withExpiry = ExpirationTimeResponse === 'Enabled';
    const answers = [];
    for (const asked of Identifiers) answers.push(await readGroup(store, region, { asked, withExpiry }));
    return {
      Records: answers.flatMap(({ records }) => records),
      Errors: answers.flatMap(({ errors }) => errors),
      UnprocessedIdentifiers: [],
    };
  },
});

/** One group's identifiers; groups and identifiers are named in the answer as they were in the question. */
async function readGroup(
  store: Store,
  region: string,
  { asked, withExpiry }: { asked: ValueOf<typeof identifier>; withExpiry: boolean },
): Promise<{ records: object[]; errors: object[] }> {
  const { FeatureGroupName, RecordIdentifiersValueAsString, FeatureNames } = asked;
  const records: object[] = [];
  try {
    const group = findOnlineGroup(store, region, FeatureGroupName);
    checkFeatureNames(group, FeatureNames);
    for (const RecordIdentifierValueAsString of RecordIdentifiersValueAsString) {
      const reading = { identifier: RecordIdentifierValueAsString, featureNames: FeatureNames, withExpiry };
      const found = await readRecord(store, group, reading);
      if (found) records.push({ FeatureGroupName, RecordIdentifierValueAsString, ...found });
    }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { code: ErrorCode, message: ErrorMessage } = error;
    const errors = RecordIdentifiersValueAsString.map((RecordIdentifierValueAsString) => ({
      FeatureGroupName,
      RecordIdentifierValueAsString,
      ErrorCode,
      ErrorMessage,
    }));
    return { records: [], errors };
  }
  return { records, errors: [] };
}

/** @throws ServiceError ValidationError. */
function checkFeatureNames({ name, definitions }: FeatureGroup, wanted: string[] = []): void {
  const unknown = wanted.find((feature) => !definitions.some(({ FeatureName }) => FeatureName === feature));
  if (unknown !== undefined) throw invalid(`The feature named [${unknown}] is not defined in FeatureGroup ${name}.`);
}

/** The record for the answer; undefined if there is none. */
async function readRecord(
  store: Store,
  group: FeatureGroup,
  { identifier, featureNames, withExpiry }: { identifier: string; featureNames?: string[]; withExpiry: boolean },
): Promise<{ Record: FeatureValue[]; ExpiresAt?: string } | undefined> {
  const record = store.online.get(group.id, identifier);
  if (!record || record.deleted) return undefined;
  if (isExpired(record, store.now())) {
    await inOneTransaction(store, () => aliveOrTombstone(store, group, identifier));
    return undefined;
  }
  return {
    Record: featureNames
      ? record.values.filter(({ FeatureName }) => featureNames.includes(FeatureName))
      : record.values,
    ExpiresAt: withExpiry && record.expiresAt !== undefined ? expiryText(record.expiresAt) : undefined,
  };
}
