/** How much an answer may hold and how long it may take, for the SDK's clients and the hot calls alike. */
import type { Readable } from 'node:stream';

/** Settable so that a test need not wait for minutes, nor send megabytes. */
export const ANSWER_LIMITS = {
  /** More than any answer that is read as a whole: 100 records of 350 KB, each byte escaped. */
  bytes: 256 * 1024 * 1024,
  /** A whole answer, however slowly it trickles. Milliseconds. */
  milliseconds: 120_000,
};

/** What comes in time, or not at all: in the words of a connection that timed out, which passes. */
export function tooSlow(): Error {
  return Object.assign(new Error(`The answer did not end within ${ANSWER_LIMITS.milliseconds / 1000} s`), {
    name: 'TimeoutError',
    code: 'ETIMEDOUT',
  });
}

/** The bytes of a body, which is destroyed if it takes too long. */
export async function* inTime(body: Readable): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(() => body.destroy?.(tooSlow()), ANSWER_LIMITS.milliseconds);
  try {
    yield* body as AsyncIterable<Uint8Array>;
  } finally {
    clearTimeout(timer);
  }
}
