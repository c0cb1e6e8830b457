/** Schema files: a JSON array of feature definitions, or an object as printed by DescribeFeatureGroup. */
import type { FeatureDefinition } from '@aws-sdk/client-sagemaker';
import type { Readable } from 'node:stream';
import { UsageError } from '../../errors.js';
import { readWholeText } from '../../files/bytes.js';
import { notJson } from '../../utils/json.js';
import type { Schema } from '../groups/create.js';

const TYPES = ['Integral', 'Fractional', 'String'];
const COLLECTIONS = ['List', 'Set', 'Vector'];

/**
 * Reads the file (`-` is stdin). Members unknown to the service, such as `Description`, are ignored.
 * @throws UsageError that names the invalid entry
 */
export async function parseSchema(path: string, stdin: Readable): Promise<Schema> {
  const json = await readWholeText({ path, stdin });
  const schema = parseJson(json, path);
  if (Array.isArray(schema)) return { definitions: schema.map(toDefinition) };
  const { FeatureDefinitions, RecordIdentifierFeatureName, EventTimeFeatureName } = (schema ?? {}) as Record<
    string,
    unknown
  >;
  if (!Array.isArray(FeatureDefinitions)) {
    throw new UsageError(
      `${path} is neither a JSON array of feature definitions nor an object with FeatureDefinitions.`,
    );
  }
  return {
    definitions: FeatureDefinitions.map(toDefinition),
    recordIdentifier: RecordIdentifierFeatureName as string | undefined,
    eventTime: EventTimeFeatureName as string | undefined,
  };
}

function parseJson(json: string, path: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(`${path}: ${notJson(json)}`, { cause: error });
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
