/** A JSON array of objects, or objects one after another, however they are broken into lines. */
import { UsageError } from '../../errors.js';
import { awsRecord, isFeatureValue, ofFrame } from './json-shapes.js';
import { openEntryReader } from './json-lines.js';
import { MAX_RECORD_CHARACTERS, type ReadRow, type RowReader } from '../rows.js';

/** Reads the objects of an array (or of a sequence) as they come; the array is never whole in memory. */
export const readJsonSequence: RowReader = async function* (text, name) {
  const scanner = openScanner(name);
  /** The values of one record, where the array is such a one. */
  let values: ReadRow[] | undefined;
  let isFirst = true;
  for await (const chunk of text) {
    const entries = scanner.scan(chunk);
    if (entries.length === 0) continue;
    if (isFirst && isArrayOfScalars(entries[0]!)) throw new UsageError(`${name} ${ofFrame('values')}.`);
    if (isFirst && isFeatureValue(entries[0]!.row ?? null)) values = [];
    isFirst = false;
    if (values) values.push(...entries);
    else yield entries;
    if (values && values.length > MAX_FEATURES) break;
  }
  scanner.end();
  if (values) yield [ofValues(values)];
};

const isArrayOfScalars = ({ problem, raw = '' }: ReadRow & { raw?: string }) =>
  problem !== undefined && /^\[\s*[^{\s]/.test(raw);

/** Features of a group. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html */
const MAX_FEATURES = 2500;

function ofValues(values: ReadRow[]): ReadRow {
  const { line } = values[0]!;
  const row = awsRecord(values.map((entry) => entry.row ?? null));
  return row
    ? { line, row }
    : { line, problem: 'Not all of the array are features and values, as a record of AWS has them.' };
}

/** Finds where elements begin and end by counting brackets outside of strings; what is between them is JSON.parse's. */
function openScanner(name: string) {
  /** The element that the last chunk broke off in. */
  let pending = '';
  let line = 1;
  let startLine = 1;
  let depth = 0;
  let inString = false;
  const read = openEntryReader();
  const grammar = openGrammar();
  const fail = (what: string): never => {
    throw new UsageError(`${name}, line ${line}: ${what}.`);
  };

  function scan(chunk: string): ReadRow[] {
    const entries: ReadRow[] = [];
    const text = pending + chunk;
    let start = 0;
    for (let index = pending.length; index < text.length; index += 1) {
      if (inString) {
        index = closingQuote(text, index);
        inString = index === text.length;
        continue;
      }
      const char = text[index]!;
      if (char === '\n') line += 1;
      else if (depth > 0) {
        if (char === '"') inString = true;
        else if (char === '{' || char === '[') depth += 1;
        else if (char === '}' || char === ']') depth -= 1;
        if (depth === 0) entries.push(read(text.slice(start, index + 1), startLine));
      } else if (grammar.begins(char, fail)) [start, startLine, depth] = [index, line, 1];
    }
    pending = depth > 0 ? text.slice(start) : '';
    if (pending.length > MAX_RECORD_CHARACTERS) {
      fail(`the record that starts on line ${startLine} has no end within 16 million characters`);
    }
    return entries;
  }

  function end(): void {
    if (depth > 0) fail(`the file ends in the middle of the record that starts on line ${startLine}`);
    if (grammar.isOpen()) fail('the file ends before its array is closed; it may have been cut off');
  }

  return { scan, end };
}

/** What may stand between two elements: whitespace, the brackets of the array, and one comma. */
function openGrammar() {
  let array: 'unknown' | 'open' | 'closed' | 'none' = 'unknown';
  let needsComma = false;

  /** True when the character begins an element. */
  function begins(char: string, fail: (what: string) => never): boolean {
    if (/\s/.test(char)) return false;
    if (array === 'closed') fail(`${char} comes after the end of the array`);
    if (array === 'unknown') {
      array = char === '[' ? 'open' : 'none';
      if (array === 'open') return false;
    }
    if (array === 'open' && char === ']') {
      array = 'closed';
      return false;
    }
    if (array === 'open' && char === ',' && needsComma) return (needsComma = false);
    if (char !== '{' && !(char === '[' && array === 'open')) {
      fail(`${char} is where a record should begin; JSON input is an array of objects, or objects one after another`);
    }
    if (needsComma) fail('a comma is missing between two records');
    needsComma = array === 'open';
    return true;
  }

  return { begins, isOpen: () => array === 'open' };
}

/** Where the string that `index` is in ends; the text's length where it does not. */
function closingQuote(text: string, index: number): number {
  for (let quote = text.indexOf('"', index); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote;
  }
  return text.length;
}
