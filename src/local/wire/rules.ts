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
  /** Rule for the elements of a list. */
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
  member,
  ...constraints,
});
export const structure = <R extends Rules>(members: R): Rule<InputOf<R>> => ({ type: 'structure', members });
export const required = <T>(rule: Rule<T>): RequiredRule<T> => ({ ...rule, required: true });

/**
 * Checks an input.
 * @returns the message of the service for all violations; undefined if there are none
 * @throws ServiceError `SerializationException` where a member has the wrong JSON type
 */
export function brokenRules(rules: Rules, input: object): string | undefined {
  const broken: string[] = [];
  checkMembers(rules, input as Record<string, unknown>, { path: '', broken });
  if (broken.length === 0) return undefined;
  const plural = broken.length === 1 ? 'error' : 'errors';
  return `${broken.length} validation ${plural} detected: ${broken.join('; ')}`;
}

interface Findings {
  path: string;
  broken: string[];
}

function checkMembers(rules: Rules, input: Record<string, unknown>, { path, broken }: Findings): void {
  for (const name in rules) {
    const rule = rules[name]!;
    const value = input[name];
    if (value === undefined || value === null) {
      if (rule.required) broken.push(wording(value, path + lowerFirst(name), 'Member must not be null'));
    } else {
      check(rule, value, { path: path + lowerFirst(name), broken });
    }
  }
}

function check(rule: Rule, value: unknown, { path, broken }: Findings): void {
  if (!hasType(rule.type, value)) {
    throw new ServiceError('SerializationException', `${path} must be of type ${rule.type}`);
  }
  const constraint = brokenConstraint(rule, value);
  if (constraint) broken.push(wording(value, path, constraint));
  if (rule.members) checkMembers(rule.members, value as Record<string, unknown>, { path: `${path}.`, broken });
  if (rule.member) {
    (value as unknown[]).forEach((element, index) => {
      const elementPath = `${path}.${index + 1}.member`;
      if (element === undefined || element === null)
        broken.push(wording(element, elementPath, 'Member must not be null'));
      else check(rule.member!, element, { path: elementPath, broken });
    });
  }
}

function hasType(type: Rule['type'], value: unknown): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return Number.isInteger(value);
    case 'timestamp':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'structure':
      return typeof value === 'object' && !Array.isArray(value);
  }
}

function brokenConstraint(rule: Rule, value: unknown): string | undefined {
  if (typeof value === 'string' || Array.isArray(value)) {
    if (rule.maxLength !== undefined && value.length > rule.maxLength)
      return `Member must have length less than or equal to ${rule.maxLength}`;
    if (rule.minLength !== undefined && value.length < rule.minLength)
      return `Member must have length greater than or equal to ${rule.minLength}`;
  }
  if (typeof value === 'string') {
    if (rule.oneOf && !rule.oneOf.includes(value))
      return `Member must satisfy enum value set: [${rule.oneOf.join(', ')}]`;
    if (rule.pattern && !whole(rule.pattern).test(value))
      return `Member must satisfy regular expression pattern: ${rule.pattern}`;
  }
  if (typeof value === 'number') {
    if (rule.max !== undefined && value > rule.max) return `Member must have value less than or equal to ${rule.max}`;
    if (rule.min !== undefined && value < rule.min)
      return `Member must have value greater than or equal to ${rule.min}`;
  }
  return undefined;
}

const wholePatterns = new Map<string, RegExp>();

function whole(pattern: string): RegExp {
  let compiled = wholePatterns.get(pattern);
  if (!compiled) wholePatterns.set(pattern, (compiled = new RegExp(`^(?:${pattern})$`, 'u')));
  return compiled;
}

const MAX_ECHOED_VALUE_CHARS = 256;

function wording(value: unknown, path: string, constraint: string): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  const shown = value === undefined || value === null ? 'Value' : `Value '${text.slice(0, MAX_ECHOED_VALUE_CHARS)}'`;
  return `${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
