/** JSON that keeps numbers as they were written: `1.50`, `1e3` and 2^63-1 lose no character. Pure. */
import { parse } from 'lossless-json';
import { clip } from './quantities.js';

/**
 * A value of a row. Numbers are kept as text; a JavaScript number is one whose digits cannot be trusted: NaN, an
 * infinity, or a float too large to distinguish neighbouring integers.
 */
export type Cell = string | number | boolean | null | Cell[] | { [name: string]: Cell };

/** One row of input, by column name. null means absent, "" is a value. Read it with `cellOf`. */
export type Row = Record<string, Cell>;

/** Whether 64 bits with a sign hold an integer. */
export const isInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

/** Reads a member by an untrusted name; `row.constructor` would be a function. */
export function cellOf<T>(row: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(row, name) ? row[name] : undefined;
}

/** Sets a member by an untrusted name; assigning `__proto__` would change the prototype. */
export function setCell<T>(row: Record<string, T>, name: string, value: NoInfer<T>): void {
  if (name !== '__proto__') row[name] = value;
  else Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * Numbers that do not survive a round trip through a double: 16 digits or more, trailing zeros after the point, an
 * exponent, minus zero, or so small that JavaScript prints an exponent. May also match inside strings, which only costs
 * time.
 */
const NEEDS_EXACT = /[:,[]\s*-?(?:\d{16}|[\d.]{17}|\d+\.\d*0[\s,}\]]|[\d.]+[eE]|0\.0{6}|(?<=-)0[\s,}\]])/;

/**
 * Parses JSON with every number as text. NaN and Infinity, which Python writes and JSON lacks, become JavaScript
 * numbers.
 * @throws SyntaxError where the text is not JSON.
 */
export function parseExact(text: string): Cell {
  try {
    if (NEEDS_EXACT.test(text)) return parseDigits(text);
    return numbersToText(JSON.parse(text));
  } catch (error) {
    const quoted = error instanceof SyntaxError && BARE_NUMBER.test(text) ? withQuotedNumbers(text) : text;
    if (quoted === text) throw error;
    return fromMarkers(parseDigits(quoted));
  }
}

/** Of duplicate names the last wins, as in JSON.parse and Python. */
function parseDigits(text: string): Cell {
  return parse(text, null, { parseNumber: String, onDuplicateKey: ({ newValue }) => newValue }) as Cell;
}

const BARE_NUMBER = /-?\b(?:NaN|Infinity)\b/;
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/gs;
/** Marks such a number inside a string; no real file contains it. */
const MARKER = '\u0000sagemaker-fs:';

function withQuotedNumbers(text: string): string {
  return text.replace(STRING_OR_NUMBER, (found) => (found.startsWith('"') ? found : JSON.stringify(MARKER + found)));
}

function fromMarkers(value: Cell): Cell {
  if (typeof value === 'string') return value.startsWith(MARKER) ? Number(value.slice(MARKER.length)) : value;
  if (typeof value !== 'object' || value === null) return value;
  const holder = value as Record<string, Cell>;
  for (const name of Object.keys(holder)) setCell(holder, name, fromMarkers(holder[name]!));
  return value;
}

/** Explains why a text is not JSON, better than the parser does. */
export function notJson(text: string): string {
  const shown = text.trim();
  if (shown === '') return 'It is empty.';
  if (/^[^"]*'/.test(shown))
    return `This is not valid JSON: names and texts take double quotes, not single ones (${clip(shown)}).`;
  if (/\b(?:None|True|False|undefined)\b/.test(shown))
    return `This is not valid JSON: it is null, true and false there, not as Python writes them (${clip(shown)}).`;
  if (!/[}\]]$/.test(shown)) return `This is not valid JSON: it breaks off (${clip(shown)}).`;
  return `This is not valid JSON (${clip(shown)}).`;
}

function numbersToText(value: unknown): Cell {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return value as Cell;
  const holder = value as Record<string, unknown>;
  for (const name of Object.keys(holder)) {
    const member = holder[name];
    if (typeof member === 'number') holder[name] = String(member);
    else if (typeof member === 'object' && member !== null) numbersToText(member);
  }
  return holder as Cell;
}

/** Valid JSON, but not an object. */
export class NotARow extends SyntaxError {}

/** Parses one JSON object. @throws SyntaxError where the text is not JSON; NotARow where it is not an object */
export function parseRow(text: string): Row {
  const value = parseExact(text);
  if (isRow(value)) return value;
  throw new NotARow(`it is ${kindOf(value)}, not an object.`);
}

export function isRow(value: Cell): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The type of a value, for a message. */
export function kindOf(value: Cell): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'boolean') return 'a boolean';
  return typeof value === 'object' ? 'an object' : 'a text or a number';
}
