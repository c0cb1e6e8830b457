/** BatchGetRecord: records of several groups; an identifier that fails is answered in Errors, a missing one nowhere. */
import type { Operation } from '../../wire/operation.js';
import { list, required, structure } from '../../wire/rules.js';
import { ServiceError } from '../../wire/service-error.js';
import type { Store } from '../../store/store.js';
import { checkFeatureNames, readRecord } from './reading.js';
import * as shared from './rules.js';
import { findOnlineGroup } from './target.js';

const MAX_GROUPS_PER_CALL = 100;
const MAX_IDENTIFIERS_PER_GROUP = 100;

interface Identifier {
  FeatureGroupName: string;
  RecordIdentifiersValueAsString: string[];
  FeatureNames?: string[];
}

interface Input {
  Identifiers: Identifier[];
  ExpirationTimeResponse?: 'Enabled' | 'Disabled';
}

export const batchGetRecord: Operation<Input> = {
  rules: {
    Identifiers: required(
      list(
        structure({
          FeatureGroupName: shared.featureGroupName,
          RecordIdentifiersValueAsString: required(
            list(shared.value, { minLength: 1, maxLength: MAX_IDENTIFIERS_PER_GROUP }),
          ),
          FeatureNames: shared.featureNames,
        }),
        { minLength: 1, maxLength: MAX_GROUPS_PER_CALL },
      ),
    ),
    ExpirationTimeResponse: shared.expirationTimeResponse,
  },
  async run(store, { Identifiers, ExpirationTimeResponse }, { region }) {
    const withExpiry = ExpirationTimeResponse === 'Enabled';
    const answers = [];
    for (const identifier of Identifiers) answers.push(await readGroup(store, region, { identifier, withExpiry }));
    return {
      Records: answers.flatMap(({ records }) => records),
      Errors: answers.flatMap(({ errors }) => errors),
      UnprocessedIdentifiers: [],
    };
  },
};

interface Answers {
  records: object[];
  errors: object[];
}

/** One group's identifiers; groups and identifiers are named in the answer as they were in the question. */
async function readGroup(
  store: Store,
  region: string,
  { identifier, withExpiry }: { identifier: Identifier; withExpiry: boolean },
): Promise<Answers> {
  const { FeatureGroupName, RecordIdentifiersValueAsString, FeatureNames } = identifier;
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
