/** Feature types from rows: the narrowest type that keeps every value as it is written. */
import type { FeatureDefinition } from '@aws-sdk/client-sagemaker';
import { UsageError } from '../../errors.js';
import type { ReadRow } from '../../utils/file-handler.js';
import type { Cell } from '../records/shape.js';

type Kind = 'Integral' | 'Fractional' | 'String';

interface Seen {
  /** Undefined while only nulls were seen. */
  kind?: Kind;
  collection: boolean;
}

const INTEGRAL_MIN = -(2n ** 63n);
const INTEGRAL_MAX = 2n ** 63n - 1n;
/** A leading zero or plus would be lost in a number, so such values stay text. */
const INTEGER = /^(0|-?[1-9]\d{0,18})$/;
const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * Reads every row: integers of 64 bits are Integral, other numbers that a double keeps are Fractional, the rest is String.
 * @throws UsageError when a row cannot be read or there is none.
 */
export async function inferSchema(rows: AsyncIterable<ReadRow>): Promise<FeatureDefinition[]> {
  const features = new Map<string, Seen>();
  for await (const read of rows) {
    if ('problem' in read) throw new UsageError(`Line ${read.line}: ${read.problem}`);
    for (const [name, cell] of Object.entries(read.row)) see(features, name, cell);
  }
  if (features.size === 0) throw new UsageError('There are no rows to infer a schema from.');
  return [...features].map(([FeatureName, { kind = 'String', collection }]) => ({
    FeatureName,
    FeatureType: kind,
    ...(collection && { CollectionType: 'List' as const }),
  }));
}

function see(features: Map<string, Seen>, name: string, cell: Cell): void {
  const seen = features.get(name) ?? { collection: false };
  features.set(name, seen);
  if (cell === null) return;
  if (Array.isArray(cell)) seen.collection = true;
  for (const value of Array.isArray(cell) ? cell : [cell]) seen.kind = widest(seen.kind, kindOf(value));
}

function kindOf(value: Cell): Kind {
  if (typeof value === 'number') return 'Fractional';
  if (typeof value !== 'string') return 'String';
  if (INTEGER.test(value) && BigInt(value) >= INTEGRAL_MIN && BigInt(value) <= INTEGRAL_MAX) return 'Integral';
  if (!DECIMAL.test(value) || !Number.isFinite(Number(value))) return 'String';
  return significantDigits(value) === significantDigits(Number(value).toExponential()) ? 'Fractional' : 'String';
}

/** The digits that a double must give back for nothing to be lost. */
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
