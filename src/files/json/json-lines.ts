/** JSON lines: one object on each line. */
import { isRow, kindOf, notJson, parseExact, type Cell } from '../../utils/json.js';
import { openFlatObjects } from './flat-objects.js';
import { awsRecord } from './json-shapes.js';
import { linesOf } from '../lines.js';
import { PlacedRow, type ReadRow, type RowReader } from '../rows.js';

/** Reads one object from each line; blank lines are passed over, a line that is no object is a problem. */
export const readJsonLines: RowReader = async function* (text, name) {
  const read = openEntryReader();
  for await (const { first, lines } of linesOf(text, name)) {
    const entries: ReadRow[] = [];
    for (let index = 0; index < lines.length; index += 1) {
      const line = lines[index]!;
      if (line === '' || /^\s*$/.test(line)) continue;
      const entry = read(line, first + index);
      if (entry.problem === undefined) entries.push(entry);
      else for (const text of objectsOn(line)) entries.push(read(text, first + index));
    }
    if (entries.length > 0) yield entries;
  }
};

/** The objects of a line that Firehose has put behind one another without a line end: `{…}{…}`; any other line as it is. */
function objectsOn(line: string): string[] {
  const objects: string[] = [];
  let [depth, start] = [0, 0];
  for (const { 0: token, index } of line.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{') depth += 1;
    if (token !== '}' || (depth -= 1) > 0) continue;
    objects.push(line.slice(start, index + 1));
    start = index + 1;
  }
  const isWhole = depth === 0 && line.slice(start).trim() === '' && objects.every((text) => /^\s*\{/.test(text));
  return isWhole && objects.length > 1 ? objects : [line];
}

/** Cheaper than to look: most rows are neither an array nor have such a key. */
const mayBeAws = (value: Cell) => Array.isArray(value) || (isRow(value) && value.Record !== undefined);

/** Reads the JSON texts of one file: those that are like the ones before cost less. */
export function openEntryReader(): (text: string, line: number) => ReadRow {
  const objects = openFlatObjects();
  return (text, line) => {
    const flat = objects.read(text);
    if (flat) return new PlacedRow(line, flat, false);
    const entry = parseEntry(text, line);
    if (entry.row) objects.learn(entry.row);
    return entry;
  };
}

/** One JSON text as a row, or what is wrong with it. */
export function parseEntry(text: string, line: number): ReadRow {
  try {
    const value = parseExact(text);
    const row = mayBeAws(value) ? (awsRecord(value) ?? value) : value;
    return isRow(row)
      ? { line, row }
      : { line, problem: `A record must be a JSON object, not ${kindOf(row)}.`, raw: text };
  } catch (error) {
    // Nesting too deep for the exact parser is a RangeError; no feature value is nested.
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    return { line, problem: OPENING.test(text) ? GOES_ON : notJson(text), raw: text };
  }
}

/** The whole of a line, where a program has broken records into several. */
const OPENING = /^\s*[{[]\s*$/;
const GOES_ON = 'The record continues on the next line, but JSON lines has one record per line: name the file .json.';
