/** Which feature of one group is compared with which of the other, and when two values are the same. Pure. */
import { UsageError } from '../../errors.js';
import { parseExact, type Cell } from '../../utils/json.js';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';
import { matchSchemas, type FeaturePair } from '../schema/schema-match.js';
import { unknownFeature } from '../records/column-readers.js';

export interface FeatureChoice {
  /** `--map old=new`: feature of A → feature of B. */
  map?: Record<string, string>;
  /** `--features a,b`: of A; all that both have by default. */
  features?: string[];
}

export interface ComparedFeatures {
  /** Every feature that both have, identifier and event time among them. */
  pairs: FeaturePair[];
  /** Of those, the ones whose values are compared. */
  compared: FeaturePair[];
  onlyInA: string[];
  onlyInB: string[];
}

/** @throws UsageError where the groups have nothing to compare them by, or a name is wrong */
export function comparedFeatures(a: FeatureGroup, b: FeatureGroup, choice: FeatureChoice): ComparedFeatures {
  const match = matchSchemas(a, b, { map: choice.map, dropExtra: true, anyScalar: true });
  if (match.problems.length > 0)
    throw new UsageError(`${a.name} and ${b.name} cannot be compared:`, {
      details: match.problems.map((problem) => `  ${problem}`),
    });
  for (const name of choice.features ?? []) {
    if (!a.features.some((feature) => feature.name === name)) throw new UsageError(unknownFeature(name, a));
    if (!match.pairs.some((pair) => pair.source.name === name))
      throw new UsageError(`--features: only ${a.name} has the feature ${name}; --map says what it is in ${b.name}.`);
  }
  const roles = [a.recordIdentifier, a.eventTime];
  const isChosen = (name: string) => !roles.includes(name) && (choice.features?.includes(name) ?? true);
  return {
    pairs: match.pairs,
    compared: match.pairs.filter((pair) => isChosen(pair.source.name)),
    onlyInA: match.dropped.map(({ name }) => name),
    onlyInB: match.unset.map(({ name }) => name),
  };
}

/** A value as the text that the service has for it. */
export const cellText = (cell: Cell): string => (typeof cell === 'string' ? cell : JSON.stringify(cell));

type Canonical = (text: string) => string;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

const asText: Canonical = (text) => text;
/** `+7` is 7; every digit counts. */
const asInteger: Canonical = (text) => (/^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')).toString() : text);
/** As the double that an offline store holds: `1.0` is 1, `1e3` is 1000, `-0` is 0. */
const asDouble: Canonical = (text) => (NUMBER.test(text) ? String(Number(text) + 0) : text);

/** Of two features: as numbers where one of them holds numbers, to the letter where both hold text. */
function canonicalOf(a: FeatureDefinition, b: FeatureDefinition): Canonical {
  const types = [a.type, b.type];
  if (types.includes('Fractional')) return asDouble;
  return types.includes('Integral') ? asInteger : asText;
}

/** The identifiers of one record may be written in two ways where they are numbers. */
export function identifierKey(group: FeatureGroup): Canonical {
  const feature = group.features.find(({ name }) => name === group.recordIdentifier)!;
  return canonicalOf(feature, feature);
}

/** Tells whether two values are the same; null is no value, and a Set has no order. */
export function sameValues({ source, target }: FeaturePair): (a: Cell | undefined, b: Cell | undefined) => boolean {
  const one = canonicalOf(source, target);
  const read = source.collection ? (cell: Cell) => listText(cell, one, source) : (cell: Cell) => one(cellText(cell));
  return (a, b) => {
    const [x, y] = [a ?? null, b ?? null];
    return x === null || y === null ? x === y : x === y || read(x) === read(y);
  };
}

/** A collection is a list online and the text of a JSON array offline. */
function listText(cell: Cell, one: Canonical, { collection }: FeatureDefinition): string {
  const list = typeof cell === 'string' ? parseExact(cell) : cell;
  const elements = (Array.isArray(list) ? list : [list]).map((element) => one(cellText(element)));
  return JSON.stringify(collection === 'Set' ? [...new Set(elements)].sort() : elements);
}
