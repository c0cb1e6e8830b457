/** Types of features as they are written in options (`Integral`, `String:list`, `Fractional:vector:384`), and valid names. Pure. */
import { UsageError } from '../../errors.js';
import type { FeatureDefinition, FeatureType } from '../groups/describe.js';
import { OFFLINE_COLUMNS } from '../records/offline-columns.js';

/** https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-collection-types.html */
const MAX_VECTOR_DIMENSION = 8192;

const TYPES: Record<string, FeatureType> = { string: 'String', integral: 'Integral', fractional: 'Fractional' };
const COLLECTIONS = { list: 'List', set: 'Set', vector: 'Vector' } as const;

/** What a feature holds, whatever its name. */
export type ValueType = Omit<FeatureDefinition, 'name'>;

/**
 * Parses `Integral`, `String:list`, `Integral:set`, `Fractional:vector:128`.
 * @param said the option with its value, for the message
 * @throws UsageError that names the wrong part
 */
export function parseType(text: string, said: string): ValueType {
  const [name = '', kind, size, ...more] = text.split(':');
  const type = TYPES[name.toLowerCase()];
  const wrong = (why: string) =>
    new UsageError(`${said}: ${why}; a type is such as Integral, String:list or Fractional:vector:128.`);
  if (!type) throw wrong(name ? `there is no type ${name}` : 'the type is missing');
  if (more.length > 0) throw wrong('it has too many parts');
  if (kind === undefined) return { type };
  const collection = COLLECTIONS[kind.toLowerCase() as keyof typeof COLLECTIONS];
  if (!collection) throw wrong(`there is no collection ${kind}`);
  if (collection !== 'Vector') {
    if (size !== undefined) throw wrong('only a vector has a dimension');
    return { type, collection };
  }
  const dimension = Number(size);
  if (!/^\d+$/.test(size ?? '') || dimension < 1 || dimension > MAX_VECTOR_DIMENSION)
    throw wrong(`a vector has 1 to ${MAX_VECTOR_DIMENSION} elements`);
  if (type !== 'Fractional') throw wrong('the elements of a vector are Fractional');
  return { type, collection, dimension };
}

/** `Fractional`, `List of String`, `Vector of Fractional`. */
export const typeWords = ({ type, collection }: ValueType): string => (collection ? `${collection} of ${type}` : type);

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html */
const FEATURE_NAME = /^[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}$/;
const MAX_NAME_LENGTH = 64;

/** Why the service would reject the name, as a sentence; undefined if it is valid. */
export function nameProblem(name: string): string | undefined {
  if (OFFLINE_COLUMNS.includes(name.toLowerCase())) return `${name} is reserved by Feature Store.`;
  if (name.length > MAX_NAME_LENGTH)
    return `${name} is longer than the ${MAX_NAME_LENGTH} characters of a feature name.`;
  if (FEATURE_NAME.test(name)) return undefined;
  return `"${name}" cannot be a feature name: letters, digits, - and _ only, beginning and ending with a letter or digit (${validName(name)} would do).`;
}

/**
 * The name with what cannot be in one left out: `Ship Mode` → `Ship-Mode`.
 * @param taken names that it must differ from, not by case alone
 */
export function validName(name: string, taken: Iterable<string> = []): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-zA-Z0-9_]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '');
  const isReserved = OFFLINE_COLUMNS.includes(plain.toLowerCase());
  const stem = isReserved || plain === '' ? `column-${plain || '1'}` : plain.slice(0, 60).replace(/[-_]+$/, '');
  const lower = new Set([...taken].map((each) => each.toLowerCase()));
  let free = stem;
  for (let number = 2; lower.has(free.toLowerCase()); number += 1) free = `${stem}-${number}`;
  return free;
}
