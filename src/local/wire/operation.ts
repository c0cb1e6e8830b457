/** The shape that every JSON operation of the embedded store has: its input rules, and what it does. */
import type { Rules } from './rules.js';
import type { Store } from '../store/store.js';

/** Who is calling, read from the SigV4 credential scope of the request. */
export interface Caller {
  region: string;
  accountId: string;
  requestId: string;
  /**
   * Path and query as they came over the wire, e.g. `/bucket/a%2Fb/../c?list-type=2`: `Request.url` cannot hold `..`
   * and `.` segments, which are ordinary parts of an S3 key.
   */
  target: string;
}

export interface Operation<Input = never> {
  /** Checked before `run`; the broken rules are answered as the service words them. */
  rules: Rules;
  /** Returns the members of the output, nothing for an empty answer. Throws ServiceError for an answer that is an error. */
  run(store: Store, input: Input, caller: Caller): Promise<object | void> | object | void;
}

export type Operations = Record<string, Operation>;
