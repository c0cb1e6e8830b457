/** Values that stand alone: a JSON array of scalars, a JSON scalar or a text on each line; each becomes a row of one column. */
import { UsageError } from '../../errors.js';
import { kindOf, notJson, parseExact, type Row } from '../../utils/json.js';
import { parseEntry } from './json-lines.js';
import { linesOf } from '../lines.js';
import { MAX_RECORD_CHARACTERS, type ReadRow, type RowReader } from '../rows.js';

/** Makes a reader whose rows are `{ [column]: value }`. */
type ScalarReader = (column: string) => RowReader;

/** Alone between quotes: the whole of a line. */
const QUOTED = /^"((?:[^"]|"")*)"$/;

/** One text on each line that is not empty, as it stands; but if all of the first are quoted, without the quotes. */
export const readTextLines: ScalarReader = (column) =>
  async function* (text, name) {
    let isQuoted: boolean | undefined;
    for await (const { first, lines } of linesOf(text, name)) {
      const entries: ReadRow[] = [];
      lines.forEach((line, index) => {
        const value = line.endsWith('\r') ? line.slice(0, -1) : line;
        if (value !== '') entries.push({ line: first + index, row: { [column]: value } });
      });
      isQuoted ??= entries.every(({ row }) => QUOTED.test(row![column] as string));
      if (isQuoted) entries.forEach(({ row }) => unquote(row!, column));
      if (entries.length > 0) yield entries;
    }
  };

function unquote(row: Row, column: string): void {
  const [, inside] = QUOTED.exec(row[column] as string) ?? [];
  if (inside !== undefined) row[column] = inside.replaceAll('""', '"');
}

/** JSON lines: an object, or a scalar, on each. */
export const readScalarLines: ScalarReader = (column) =>
  async function* (text, name) {
    for await (const { first, lines } of linesOf(text, name)) {
      const entries: ReadRow[] = [];
      lines.forEach((line, index) => {
        if (/\S/.test(line)) entries.push(scalarEntry(line, { column, line: first + index }));
      });
      if (entries.length > 0) yield entries;
    }
  };

function scalarEntry(text: string, { column, line }: { column: string; line: number }): ReadRow {
  if (/^\s*\{/.test(text)) return parseEntry(text, line);
  try {
    // Within an array, so that a number keeps its text.
    const [value = null] = parseExact(`[${text}]`) as [ReturnType<typeof parseExact>];
    if (typeof value === 'object' && value !== null)
      return { line, problem: `${capital(kindOf(value))} is not a value.`, raw: text };
    return { line, row: { [column]: value } };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { line, problem: notJson(text), raw: text };
  }
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** One scalar and the comma or bracket behind it. */
const ELEMENT = /(\s*)("(?:[^"\\]|\\.)*"|[^\s,[\]{}"]+)(\s*([,\]]))/sy;

/** A JSON array of scalars; it is never whole in memory. */
export const readScalarArray: ScalarReader = (column) =>
  async function* (text, name) {
    let pending = '';
    let line = 1;
    let isOpen = false;
    let isClosed = false;
    for await (const chunk of text) {
      pending += chunk;
      if (!isOpen) {
        const start = pending.indexOf('[');
        line += countLines(pending.slice(0, start));
        pending = pending.slice(start + 1);
        isOpen = true;
      }
      const entries: ReadRow[] = [];
      let at = 0;
      while (!isClosed) {
        ELEMENT.lastIndex = at;
        const [whole, before = '', value = '', after = '', end] = ELEMENT.exec(pending) ?? [];
        if (whole === undefined) break;
        line += countLines(before);
        entries.push(scalarEntry(value, { column, line }));
        line += countLines(after);
        at += whole.length;
        isClosed = end === ']';
      }
      pending = pending.slice(at);
      if (entries.length > 0) yield entries;
      if (pending.length > MAX_RECORD_CHARACTERS) break;
    }
    if (isClosed ? /\S/.test(pending) : !/^\s*\]\s*$/.test(pending)) {
      throw new UsageError(
        `${name}, line ${line}: the array is truncated or malformed here; it may hold only strings and numbers.`,
      );
    }
  };

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
