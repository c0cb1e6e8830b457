/** Infers feature types from rows: the narrowest type that keeps every value as written. */
import type { FeatureDefinition as DescribedFeature } from '@aws-sdk/client-sagemaker';
import { UsageError } from '../../errors.js';
import { nameOf, readRows, type ReadOptions, type ReadPosition } from '../../files/file-handler.js';
import { clip } from '../records/cells.js';
import { isMissingNumber } from '../records/conversions.js';
import { toDefinition as definitionOf, type FeatureType as Kind } from '../groups/describe.js';
import { FITS } from '../records/rules.js';
import { nameProblem } from './additions.js';
import { indexNote, isIndexColumn, OFFLINE_COLUMNS } from '../records/offline-columns.js';
import type { Cell } from '../../utils/json.js';

/** The inferred type of a column, and the value that decided it. */
export interface InferredFeature {
  name: string;
  type: Kind;
  isList: boolean;
  why: string;
  example: string;
}

interface Seen {
  /** Undefined while all values were null. */
  kind?: Kind;
  collection: boolean;
  /** The value that decided the kind. */
  example?: string;
  line?: number;
}

/** A number would lose a leading zero or plus, so such values stay text. */
const INTEGER = /^(0|-?[1-9]\d{0,18})$/;
const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** The definition for the service. */
export const toDefinition = ({ name, type, isList }: InferredFeature): DescribedFeature =>
  definitionOf({ name, type, collection: isList ? 'List' : undefined });

/**
 * Reads all rows: 64-bit integers are Integral, other numbers that a double can hold are Fractional, the rest is
 * String. Words for a missing number do not affect numeric columns. The index of a data frame and the system columns of
 * an offline store are skipped; `note` is told of the index.
 * @throws UsageError for an unreadable row, no rows, objects as values, and invalid names
 */
export async function inferFeatures(
  path: string,
  { note, ...options }: ReadOptions & { note: (line: string) => void },
): Promise<InferredFeature[]> {
  const features = new Map<string, Seen>();
  const index = new Map<string, Cell[]>();
  const position: ReadPosition = { read: 0 };
  for await (const { line, row, problem } of readRows(path, { ...options, position, isPathColumn: () => true })) {
    const place = `${position.file ?? nameOf(path)}, line ${line}`;
    if (problem !== undefined) throw new UsageError(`${place}: ${problem}`);
    for (const [name, cell] of Object.entries(row)) {
      see(features, name, { cell, line, place });
      const counted = index.get(name) ?? [];
      if (counted.length < INDEX_ROWS) index.set(name, [...counted, cell]);
    }
  }
  for (const [name, cells] of index) {
    if (!isIndexColumn(name, cells)) continue;
    features.delete(name);
    note(indexNote(name));
  }
  if (OFFLINE_COLUMNS.every((name) => features.has(name))) OFFLINE_COLUMNS.forEach((name) => features.delete(name));
  if (features.size === 0) throw new UsageError(`${nameOf(path)} has no rows to infer a schema from.`);
  checkNames([...features.keys()]);
  return [...features].map(([name, { kind = 'String', collection, example = '', line }]) => ({
    ...{ name, type: kind, isList: collection, example },
    why: line === undefined ? 'no value was seen' : `${WHY[kind]} (line ${line})`,
  }));
}

/** Rows examined to detect the index of a data frame. */
const INDEX_ROWS = 100;
const MAX_EXAMPLE = 40;
const WHY: Record<Kind, string> = {
  Integral: 'whole numbers',
  Fractional: 'decimal numbers',
  String: 'text',
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html */
function checkNames(names: string[]): void {
  const taken = new Map<string, string>();
  const proposed = [...names];
  const propose = (name: string) => {
    const free = proposal(name, proposed);
    proposed.push(free);
    return `${name === '' ? 'a column without a name' : clip(name)} → ${free}`;
  };
  const wrong = names.flatMap((name) => {
    const lower = name.toLowerCase();
    const twin = taken.get(lower);
    taken.set(lower, name);
    if (twin !== undefined)
      return [`${clip(twin)} and ${clip(name)} differ in case only, which the offline store cannot tell apart`];
    return nameProblem(name) === undefined ? [] : [propose(name)];
  });
  if (wrong.length > 0)
    throw new UsageError(
      `These columns cannot be features as they are named; rename them in the file (letters, digits, - and _, at most 64 characters): ${wrong.join(', ')}.`,
    );
}

/** `Ship Mode` → `Ship-Mode`. */
function proposal(name: string, names: string[]): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-zA-Z0-9_]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '');
  const stem =
    OFFLINE_COLUMNS.includes(plain.toLowerCase()) || plain === '' ? `column-${plain || '1'}` : plain.slice(0, 60);
  let free = stem;
  for (let number = 2; names.includes(free); number += 1) free = `${stem}-${number}`;
  return free;
}

function see(
  features: Map<string, Seen>,
  name: string,
  { cell, line, place }: { cell: Cell; line: number; place: string },
): void {
  const seen = features.get(name) ?? { collection: false };
  features.set(name, seen);
  if (cell === null) return;
  if (Array.isArray(cell)) seen.collection = true;
  for (const value of Array.isArray(cell) ? cell : [cell]) {
    if (value !== null && typeof value === 'object')
      throw new UsageError(
        `${place}: ${clip(name)} holds ${Array.isArray(value) ? 'a list within a list' : 'an object'}, which no feature can; take its members out as columns of their own.`,
      );
    if (isMissingNumber(value)) continue;
    const kind = widest(seen.kind, kindOf(value));
    if (kind !== seen.kind) Object.assign(seen, { kind, line, example: String(value).slice(0, MAX_EXAMPLE) });
  }
}

function kindOf(value: Cell): Kind {
  if (typeof value === 'number') return 'Fractional';
  if (typeof value !== 'string') return 'String';
  if (INTEGER.test(value) && FITS.Integral(value)) return 'Integral';
  if (!DECIMAL.test(value) || !Number.isFinite(Number(value))) return 'String';
  return significantDigits(value) === significantDigits(Number(value).toExponential()) ? 'Fractional' : 'String';
}

/** The digits that a double must preserve. */
function significantDigits(number: string): string {
  return number
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '')
    .replace(/0+$/, '');
}

function widest(left: Kind | undefined, right: Kind): Kind {
  if (left === undefined || left === right) return right;
  return left === 'String' || right === 'String' ? 'String' : 'Fractional';
}
