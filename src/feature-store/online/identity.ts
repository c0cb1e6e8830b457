/** Whether an answer is about what was asked for. Pure. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { ForeignAnswer } from '../../errors.js';
import type { FeatureGroup } from '../groups/describe.js';

type Group = Pick<FeatureGroup, 'features' | 'recordIdentifier'>;

/**
 * Returns a function from the identifiers in an answer to those that were asked for; a number may come back written in
 * another way. It throws ForeignAnswer for one that was not asked for.
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

/** Whether a value is a record in the service's form: features with a name, and no value that is neither text nor list. */
export function isRecord(value: unknown): value is FeatureValue[] {
  return Array.isArray(value) && (value as (FeatureValue | null)[]).every(isFeatureValue);
}

function isFeatureValue(feature: FeatureValue | null): boolean {
  if (typeof feature?.FeatureName !== 'string') return false;
  const { ValueAsString: text, ValueAsStringList: list } = feature;
  return typeof (text ?? '') === 'string' && (!list || Array.isArray(list));
}

/** @throws ForeignAnswer for the record of another identifier than the one that was asked for */
export function refuseOther(
  operation: string,
  { record, identifier, group }: { record: FeatureValue[]; identifier: string; group: Group },
): void {
  const held = record.find(({ FeatureName }) => FeatureName === group.recordIdentifier)?.ValueAsString;
  if (held === undefined || held === identifier || sameIdentifier(group)(identifier, held)) return;
  throw new ForeignAnswer(operation, `the record of ${held} instead of ${identifier},`);
}

function sameIdentifier({ features, recordIdentifier }: Group): (asked: string, answered: string) => boolean {
  const type = features.find(({ name }) => name === recordIdentifier)?.type;
  if (type === 'String') return (asked, answered) => asked === answered;
  return (asked, answered) => Number(asked) === Number(answered);
}

/**
 * As `refuseOther`, for a whole record of a group that was not described: one of its values is the identifier.
 * @throws ForeignAnswer
 */
export function refuseWithout(record: FeatureValue[], identifier: string): void {
  const isIdentifier = ({ ValueAsString: value }: FeatureValue) =>
    value !== undefined && (value === identifier || Number(value) === Number(identifier));
  if (!record.some(isIdentifier)) throw new ForeignAnswer('GetRecord', `a record that does not hold ${identifier}`);
}
