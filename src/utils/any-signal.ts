/** Combines abort signals, for many concurrent calls. */
import { setMaxListeners } from 'node:events';

/** Every call in flight adds a listener; above ten Node would print a warning into the progress line. */
export function anySignal(...signals: AbortSignal[]): AbortSignal {
  const signal = AbortSignal.any(signals);
  setMaxListeners(0, signal);
  return signal;
}
