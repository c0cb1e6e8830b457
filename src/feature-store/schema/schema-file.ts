/** Schema files: a JSON array of feature definitions, or an object as printed by DescribeFeatureGroup. */
import type { FeatureDefinition } from '@aws-sdk/client-sagemaker';
import { UsageError } from '../../errors.js';
import { nameOf, readWholeText, type TextSource } from '../../files/bytes.js';
import { notJson } from '../../utils/json.js';
import type { Schema } from '../groups/create.js';

const TYPES = ['Integral', 'Fractional', 'String'];
const COLLECTIONS = ['List', 'Set', 'Vector'];

/**
 * Reads the file, stdin or object. Members unknown to the service, such as `Description`, are ignored.
 * @throws UsageError that names the invalid entry
 */
export async function parseSchema(source: TextSource): Promise<Schema> {
  const name = nameOf(source.path);
  const schema = parseJson(await readWholeText(source), name);
  if (Array.isArray(schema)) return { definitions: schema.map(toDefinition) };
  const { FeatureDefinitions, RecordIdentifierFeatureName, EventTimeFeatureName } = (schema ?? {}) as Record<
    string,
    unknown
  >;
  if (!Array.isArray(FeatureDefinitions)) {
    throw new UsageError(
      `${name} is neither a JSON array of feature definitions nor an object with FeatureDefinitions.`,
    );
  }
  return {
    definitions: FeatureDefinitions.map(toDefinition),
    recordIdentifier: RecordIdentifierFeatureName as string | undefined,
    eventTime: EventTimeFeatureName as string | undefined,
  };
}

function parseJson(json: string, name: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(`${name}: ${notJson(json)}`, { cause: error });
  }
}

function toDefinition(entry: unknown, index: number): FeatureDefinition {
  const { FeatureName, FeatureType, CollectionType, CollectionConfig } = (entry ?? {}) as Record<string, unknown>;
  const where = `feature ${index + 1}${typeof FeatureName === 'string' ? ` (${FeatureName})` : ''} of the schema`;
  if (typeof FeatureName !== 'string') throw new UsageError(`${where} has no FeatureName.`);
  if (!TYPES.includes(FeatureType as string))
    throw new UsageError(`${where} has no FeatureType of ${TYPES.join(', ')}.`);
  if (CollectionType !== undefined && !COLLECTIONS.includes(CollectionType as string)) {
    throw new UsageError(`${where} has a CollectionType other than ${COLLECTIONS.join(', ')}.`);
  }
  return { FeatureName, FeatureType, CollectionType, CollectionConfig } as FeatureDefinition;
}
