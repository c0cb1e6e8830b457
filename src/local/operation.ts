/** The shape that every JSON operation of the embedded store has: its input rules, and what it does. */
import type { Rules } from './rules.js';
import type { Store } from './store.js';

/** Who is calling, read from the SigV4 credential scope of the request. */
export interface Caller {
  region: string;
  accountId: string;
  requestId: string;
}

export interface Operation<Input = never> {
  /** Checked before `run`; the first broken rule is answered as the service words it. */
  rules: Rules;
  /** Returns the members of the operation's output. Throws ServiceError for an answer that is an error. */
  run(store: Store, input: Input, caller: Caller): Promise<object> | object;
}
