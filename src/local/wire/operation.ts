/** An operation of the embedded store with JSON input: its input rules, and its implementation. */
import type { InputOf, Rules } from './rules.js';
import type { Store } from '../store/store.js';

/** The caller, from the SigV4 credential scope of the request. */
export interface Caller {
  region: string;
  accountId: string;
  requestId: string;
  /**
   * Raw path and query, e.g. `/bucket/a%2Fb/../c?list-type=2`: `Request.url` would resolve `..` and `.`, which are
   * valid in S3 keys.
   */
  target: string;
}

export interface Operation<Input = never> {
  /** Checked before `run`; violations are reported in the words of the service. */
  rules: Rules;
  /** Returns the output, or nothing for an empty answer. Throws ServiceError for an error answer. */
  run(store: Store, input: Input, caller: Caller): Promise<object | void> | object | void;
}

/** An operation whose input is what its rules say. */
export const operation = <R extends Rules>(made: { rules: R } & Operation<InputOf<R>>): Operation<InputOf<R>> => made;

export type Operations = Record<string, Operation>;
