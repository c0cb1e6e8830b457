/**
 * Flat JSON objects whose keys come in one order, as nearly all files have them: one regular expression cuts such a text into
 * its cells, for a ninth of the price of parsing it and looking at its digits. What it does not match is for the parser.
 */
import type { Cell, Row } from '../../utils/json.js';

/** Wider objects, and files that go on finding new keys, are not worth a pattern. */
const MAX_KEYS = 300;
const MAX_PATTERNS = 16;
/** Longer texts would fill the stack of the regular expression. */
const MAX_CHARACTERS = 100_000;

/** Few, so that a text that does not match is soon known not to. */
const SPACE = '[ \\t\\r\\n]{0,9}';
const STRING = String.raw`"[^"\\\x00-\x1f]*(?:\\["\\/bfnrtu][^"\\\x00-\x1f]*)*"`;
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const SCALAR = `(${STRING}|${NUMBER}|true|false|null)`;

const [QUOTE, NULL, TRUE, FALSE] = [...'"ntf'].map((char) => char.charCodeAt(0));

interface FlatObject {
  /** The same array until another key is met. */
  columns: string[];
  /** One for each column; undefined where the object lacks the key. */
  cells: (Cell | undefined)[];
}

/** Reads the objects of one file; `learn` tells it of the rows that the parser had to read. */
export function openFlatObjects() {
  let columns: string[] = [];
  let known = new Set<string>();
  let pattern: RegExp | undefined;
  let patterns = 0;

  /** The cells of an object, as the parser would have them; undefined for one that the parser has to read. */
  function read(text: string): FlatObject | undefined {
    const found = text.length > MAX_CHARACTERS ? undefined : pattern?.exec(text);
    if (!found) return undefined;
    const cells = new Array<Cell | undefined>(columns.length);
    try {
      for (let index = 0; index < columns.length; index += 1) cells[index] = cellOf(found[index + 1]);
    } catch (error) {
      // A \u without its four digits: the parser has words for it.
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
    return { columns, cells };
  }

  function learn(row: Row): void {
    const keys = Object.keys(row);
    const isKnown = patterns === MAX_PATTERNS || keys.every((key) => known.has(key));
    if (isKnown || !keys.every((key) => isPlain(key) && !isNested(row[key]!))) return;
    const merged = mergedKeys(columns, keys);
    patterns = merged.length > MAX_KEYS ? MAX_PATTERNS : patterns + 1;
    if (merged.length <= MAX_KEYS) [columns, known, pattern] = [merged, new Set(merged), patternOf(merged)];
  }

  return { read, learn };
}

/** @param scalar as it stands in the text, where the object has the key */
function cellOf(scalar: string | undefined): Cell | undefined {
  const first = scalar?.charCodeAt(0);
  if (first === QUOTE) return scalar!.includes('\\') ? (JSON.parse(scalar!) as string) : scalar!.slice(1, -1);
  if (first === NULL) return null;
  return first === TRUE ? true : first === FALSE ? false : scalar;
}

/** Keys of digits come first in an object wherever they stood, `__proto__` is not a key, and others may be written in two ways. */
const isPlain = (key: string) => !/^\d+$|^__proto__$/.test(key) && JSON.stringify(key) === `"${key}"`;
const isNested = (cell: Cell) => typeof cell === 'object' && cell !== null;

/** The new keys of an object stand behind the key that they followed there. */
function mergedKeys(columns: string[], keys: string[]): string[] {
  const merged = [...columns];
  keys.forEach((key, index) => {
    if (!merged.includes(key)) merged.splice(merged.indexOf(keys[index - 1]!) + 1, 0, key);
  });
  return merged;
}

/** Any key may be missing; a comma is followed by another key, and only the last has none. */
function patternOf(keys: string[]): RegExp {
  const members = keys.map(
    (key) => `(?:${SPACE}"${literal(key)}"${SPACE}:${SPACE}${SCALAR}${SPACE}(?:,(?=${SPACE}")|(?=\\})))?`,
  );
  return new RegExp(`^${SPACE}\\{${members.join('')}${SPACE}\\}${SPACE}$`);
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
