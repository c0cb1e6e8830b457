/** Input rules as data (required, length, pattern, enum, range), and the messages of the service for violations. */
import { ServiceError } from './service-error.js';

/** A rule for values of the type `T`, which is known to the compiler alone. */
export interface Rule<T = unknown> {
  is?: T;
  type: 'string' | 'integer' | 'boolean' | 'timestamp' | 'list' | 'structure';
  required?: boolean;
  /** UTF-16 units of a string, or elements of a list. */
  minLength?: number;
  maxLength?: number;
  /** A regular expression for the whole value, as in the model of AWS. */
  pattern?: string;
  oneOf?: readonly string[];
  min?: number;
  max?: number;
  /** Rule for the elements of a list, or the values of a map. */
  member?: Rule;
  /** Rules for the members of a structure; others pass unchecked. */
  members?: Rules;
}

export type Rules = Record<string, Rule>;

/** The input that rules let pass; other members of it are unchecked, and unknown to the compiler. */
export type InputOf<R extends Rules> = {
  [Name in keyof R as R[Name] extends RequiredRule ? Name : never]: ValueOf<R[Name]>;
} & { [Name in keyof R as R[Name] extends RequiredRule ? never : Name]?: ValueOf<R[Name]> };
export type ValueOf<R> = R extends Rule<infer T> ? T : never;

export interface RequiredRule<T = unknown> extends Rule<T> {
  required: true;
}

type Constraints = Omit<Rule, 'is' | 'type' | 'required' | 'member' | 'members' | 'oneOf'>;

export const string = <const T extends string = string>(
  constraints: Constraints & { oneOf?: readonly T[] } = {},
): Rule<T> => ({ type: 'string', ...constraints });
export const integer = (constraints: Constraints = {}): Rule<number> => ({ type: 'integer', ...constraints });
export const boolean = (): Rule<boolean> => ({ type: 'boolean' });
export const timestamp = (): Rule<number> => ({ type: 'timestamp' });
export const list = <T>(member: Rule<T>, constraints: Constraints = {}): Rule<T[]> => ({
  type: 'list',
  member: { ...member, required: true },
  ...constraints,
});
export const map = <T>(member: Rule<T>): Rule<Record<string, T>> => ({ type: 'structure', member });
export const structure = <R extends Rules>(members: R): Rule<InputOf<R>> => ({ type: 'structure', members });
export const required = <T>(rule: Rule<T>): RequiredRule<T> => ({ ...rule, required: true });

/**
 * Checks an input.
 * @returns the message of the service for all violations; undefined if there are none
 * @throws ServiceError `SerializationException` where a member has the wrong JSON type
 */
export function brokenRules(rules: Rules, input: object): string | undefined {
  const broken: string[] = [];
  check(structure(rules), input, { path: [], broken });
  if (broken.length === 0) return undefined;
  const plural = broken.length === 1 ? 'error' : 'errors';
  return `${broken.length} validation ${plural} detected: ${broken.join('; ')}`;
}

interface Findings {
  /** Names of members, and indexes of elements. */
  path: (string | number)[];
  broken: string[];
}

const TYPES: Record<Rule['type'], (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  timestamp: (value) => typeof value === 'number',
  list: Array.isArray,
  structure: (value) => typeof value === 'object' && !Array.isArray(value),
};

function check(rule: Rule, value: unknown, found: Findings): void {
  const isMissing = value === undefined || value === null;
  if (isMissing && !rule.required) return;
  if (!isMissing && !TYPES[rule.type](value)) {
    throw new ServiceError('SerializationException', `${placeOf(found.path)} must be of type ${rule.type}`);
  }
  const constraint = isMissing ? 'Member must not be null' : brokenConstraint(rule, value);
  if (constraint) found.broken.push(wording(value, found.path, constraint));
  if (isMissing) return;
  for (const name in rule.members) inside(name, [rule.members[name]!, (value as Record<string, unknown>)[name]], found);
  if (!rule.member) return;
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) inside(i + 1, [rule.member, value[i]], found);
  else for (const [key, held] of Object.entries(value)) inside(key, [rule.member, held], found);
}

function inside(step: string | number, [rule, value]: [Rule, unknown], found: Findings): void {
  found.path.push(step);
  check(rule, value, found);
  found.path.pop();
}

function brokenConstraint({ minLength, maxLength, oneOf, pattern, min, max }: Rule, given: unknown) {
  const value = given as string;
  const number = given as number;
  if (maxLength !== undefined && value.length > maxLength)
    return `Member must have length less than or equal to ${maxLength}`;
  if (minLength !== undefined && value.length < minLength)
    return `Member must have length greater than or equal to ${minLength}`;
  if (oneOf && !oneOf.includes(value)) return `Member must satisfy enum value set: [${oneOf.join(', ')}]`;
  if (pattern && !whole(pattern).test(value)) return `Member must satisfy regular expression pattern: ${pattern}`;
  if (max !== undefined && number > max) return `Member must have value less than or equal to ${max}`;
  if (min !== undefined && number < min) return `Member must have value greater than or equal to ${min}`;
  return undefined;
}

const wholePatterns = new Map<string, RegExp>();

function whole(pattern: string): RegExp {
  let compiled = wholePatterns.get(pattern);
  if (!compiled) wholePatterns.set(pattern, (compiled = new RegExp(`^(?:${pattern})$`, 'u')));
  return compiled;
}

const MAX_ECHOED_VALUE_CHARS = 256;

function wording(value: unknown, path: Findings['path'], constraint: string): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  const shown = value === undefined || value === null ? 'Value' : `Value '${text.slice(0, MAX_ECHOED_VALUE_CHARS)}'`;
  return `${shown} at '${placeOf(path)}' failed to satisfy constraint: ${constraint}`;
}

/** `tags.2.member.key` */
const placeOf = (path: Findings['path']): string =>
  path
    .map((step) => (typeof step === 'number' ? `${step}.member` : step.charAt(0).toLowerCase() + step.slice(1)))
    .join('.');
