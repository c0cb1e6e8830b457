/** Chunks of text → numbered physical lines. */
import { UsageError } from '../errors.js';
import { MAX_RECORD_CHARACTERS } from './rows.js';

export interface Lines {
  /** Number of the first of these lines, from 1. */
  first: number;
  /** Without their `\n`; a `\r` before it is still there. */
  lines: string[];
  /** True when one of the lines holds a double quote. */
  quoted: boolean;
}

/** Old Macs ended lines with a lone carriage return: assumed if the first chunk has no other line end. */
async function* withNewlines(text: AsyncIterable<string>): AsyncGenerator<string> {
  let isMac: boolean | undefined;
  for await (const chunk of text) {
    isMac ??= !chunk.includes('\n') && /\r[^]/.test(chunk);
    yield isMac ? chunk.replaceAll('\r', '\n') : chunk;
  }
}

/** Yields the lines of each chunk; the last line need not end. */
export async function* linesOf(text: AsyncIterable<string>, name: string): AsyncGenerator<Lines> {
  let rest = '';
  let first = 1;
  for await (const chunk of withNewlines(text)) {
    const end = chunk.lastIndexOf('\n');
    if (end === -1) {
      rest += chunk;
      if (rest.length > MAX_RECORD_CHARACTERS) {
        throw new UsageError(`${name}: line ${first} has no end within 16 million characters.`);
      }
      continue;
    }
    const whole = rest + chunk.slice(0, end);
    const lines = whole.split('\n');
    yield { first, lines, quoted: whole.includes('"') };
    first += lines.length;
    rest = chunk.slice(end + 1);
  }
  if (rest !== '') yield { first, lines: [rest], quoted: rest.includes('"') };
}
