/** Pairs the features of two groups, and decides whether two values are equal. Pure. */
import { UsageError } from '../../errors.js';
import { parseExact, type Cell } from '../../utils/json.js';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';
import { matchSchemas, type FeaturePair } from '../schema/schema-match.js';
import { unknownFeature } from '../records/column-readers.js';

export interface FeatureChoice {
  /** `--map old=new`: feature of A → feature of B. */
  map?: Record<string, string>;
  /** `--features a,b`: names in A; by default all that both groups have. */
  features?: string[];
}

export interface ComparedFeatures {
  /** All features that both groups have, including identifier and event time. */
  pairs: FeaturePair[];
  /** Those whose values are compared. */
  compared: FeaturePair[];
  onlyInA: string[];
  onlyInB: string[];
}

/** @throws UsageError where the groups share nothing to match records by, or a name is wrong */
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

/** A value as text, as the service has it. */
export const cellText = (cell: Cell): string => (typeof cell === 'string' ? cell : JSON.stringify(cell));

type Canonical = (text: string) => string;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

const asText: Canonical = (text) => text;
/** `+7` equals 7; compared digit by digit. */
const asInteger: Canonical = (text) => (/^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')).toString() : text);
/** As a double, as offline stores keep it: `1.0` is 1, `1e3` is 1000, `-0` is 0. */
const asDouble: Canonical = (text) => (NUMBER.test(text) ? String(Number(text) + 0) : text);

/** Compares two features as numbers if either is numeric, else as exact text. */
function canonicalOf(a: FeatureDefinition, b: FeatureDefinition): Canonical {
  const types = [a.type, b.type];
  if (types.includes('Fractional')) return asDouble;
  return types.includes('Integral') ? asInteger : asText;
}

/** A numeric identifier may be written in several ways. */
export function identifierKey(group: FeatureGroup): Canonical {
  const feature = group.features.find(({ name }) => name === group.recordIdentifier)!;
  return canonicalOf(feature, feature);
}

/** Returns the test for equal values; null means absent, and a Set has no order. */
export function sameValues({ source, target }: FeaturePair): (a: Cell | undefined, b: Cell | undefined) => boolean {
  const one = canonicalOf(source, target);
  const read = source.collection ? (cell: Cell) => listText(cell, one, source) : (cell: Cell) => one(cellText(cell));
  return (a, b) => {
    const [x, y] = [a ?? null, b ?? null];
    return x === null || y === null ? x === y : x === y || read(x) === read(y);
  };
}

/** Collections are lists online, and JSON text offline. */
function listText(cell: Cell, one: Canonical, { collection }: FeatureDefinition): string {
  const list = typeof cell === 'string' ? parseExact(cell) : cell;
  const elements = (Array.isArray(list) ? list : [list]).map((element) => one(cellText(element)));
  return JSON.stringify(collection === 'Set' ? [...new Set(elements)].sort() : elements);
}
