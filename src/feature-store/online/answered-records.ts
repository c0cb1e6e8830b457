/** Checks that an answer is about what was requested. Pure. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { ForeignAnswer } from '../../errors.js';
import type { FeatureGroup } from '../groups/describe.js';
import { identifierKey } from '../records/rules.js';

type Group = Pick<FeatureGroup, 'features' | 'recordIdentifier'>;

/**
 * Returns a function that maps identifiers in an answer to those requested, since numbers may come back in another
 * spelling. It throws ForeignAnswer for any other.
 */
export function identifierReader(operation: string, asked: string[], group: Group): (answered?: string) => string {
  const known = new Set(asked);
  const isSame = sameIdentifier(group);
  return (answered) => {
    if (answered !== undefined && known.has(answered)) return answered;
    const own = answered === undefined ? undefined : asked.find((identifier) => isSame(identifier, answered));
    if (own === undefined)
      throw new ForeignAnswer(operation, `the identifier ${answered ?? '(none)'}, which was not asked for,`);
    return own;
  };
}

/** Whether a value is a valid record: features with names, and values that are text or lists. */
export function isRecord(value: unknown): value is FeatureValue[] {
  return Array.isArray(value) && (value as (FeatureValue | null)[]).every(isFeatureValue);
}

function isFeatureValue(feature: FeatureValue | null): boolean {
  if (typeof feature?.FeatureName !== 'string') return false;
  const { ValueAsString: text, ValueAsStringList: list } = feature;
  return typeof (text ?? '') === 'string' && (!list || Array.isArray(list));
}

/** @throws ForeignAnswer for the record of another identifier */
export function refuseOther(
  operation: string,
  { record, identifier, group }: { record: FeatureValue[]; identifier: string; group: Group },
): void {
  const held = record.find(({ FeatureName }) => FeatureName === group.recordIdentifier)?.ValueAsString;
  if (held === undefined || held === identifier || sameIdentifier(group)(identifier, held)) return;
  throw new ForeignAnswer(operation, `the record of ${held} instead of ${identifier},`);
}

function sameIdentifier(group: Group): (asked: string, answered: string) => boolean {
  const keyOf = identifierKey(group);
  return (asked, answered) => keyOf(asked) === keyOf(answered);
}

/**
 * As `refuseOther`, where the group was not described: one of the values must be the identifier.
 * @throws ForeignAnswer
 */
export function refuseWithout(record: FeatureValue[], identifier: string): void {
  const isIdentifier = ({ ValueAsString: value }: FeatureValue) =>
    value !== undefined && (value === identifier || Number(value) === Number(identifier));
  if (!record.some(isIdentifier)) throw new ForeignAnswer('GetRecord', `a record that does not hold ${identifier}`);
}
