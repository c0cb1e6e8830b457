/** A signal that stops when one of several does, for calls of which many are in flight. */
import { setMaxListeners } from 'node:events';

/** Each call in flight listens to it: from the eleventh on Node would warn, in the middle of the screen. */
export function anySignal(...signals: AbortSignal[]): AbortSignal {
  const signal = AbortSignal.any(signals);
  setMaxListeners(0, signal);
  return signal;
}
