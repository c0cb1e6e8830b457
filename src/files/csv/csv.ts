/** CSV with a header line: RFC 4180, null (nothing between commas) told from empty (a pair of quotes). */
import { UsageError } from '../../errors.js';
import { openRecordSplitter, type CsvRecord } from './csv-records.js';
import { HEADER_LINES, levelsProblem, mayHaveLevels } from './header-levels.js';
import { linesOf, type Lines } from '../lines.js';
import { csvCell } from '../../utils/formatter.js';
import { clip, counted } from '../../utils/quantities.js';
import { PlacedRow, type ReadRow, type RowReader } from '../rows.js';

/** Tells Excel the delimiter, on a line before the header. */
const SEPARATOR_LINE = /^sep=([^"])\r?$/i;

/** Reads one row from each record; a record with another number of cells than the header is a problem. */
export const readCsv: RowReader = async function* (text, name, options = {}) {
  let delimiter = options.delimiter ?? ',';
  let splitter = openRecordSplitter(delimiter);
  let toEntry: ((record: CsvRecord) => ReadRow) | undefined;
  let columns: string[] | undefined;
  let isEmpty = true;
  let chunk: Lines = { first: 1, lines: [], quoted: false };
  const rawOf = (record: CsvRecord) => rawText(record, chunk);
  let opening: CsvRecord[] = [];
  const entriesOf = (read: CsvRecord[], isEnd = false) => {
    if (toEntry) return read.map(toEntry);
    const records = [...opening, ...read];
    const [header] = records;
    opening = header?.cells && mayHaveLevels(header.cells) && records.length < HEADER_LINES && !isEnd ? records : [];
    if (!header || opening.length > 0) return [];
    const levels = header.cells && levelsProblem(header.cells, [records[1]?.cells, records[2]?.cells]);
    if (levels) throw new UsageError(`${name}: ${levels}.`);
    columns = readHeader(header, name, delimiter);
    toEntry = entryReader(columns, rawOf);
    return records.slice(1).map(toEntry);
  };
  for await (const lines of linesOf(text, name)) {
    const [, said] = (lines.first === 1 && SEPARATOR_LINE.exec(lines.lines[0]!)) || [];
    if (said !== undefined) splitter = openRecordSplitter((delimiter = options.delimiter ?? said));
    chunk = said === undefined ? lines : { ...lines, first: 2, lines: lines.lines.slice(1) };
    const entries = entriesOf(splitter.split(chunk));
    isEmpty &&= entries.length === 0;
    if (entries.length > 0) yield entries;
  }
  const entries = entriesOf(splitter.end(), true);
  if (entries.length > 0) yield entries;
  else if (isEmpty && columns) options.emptyTable?.(columns);
};

function readHeader(header: CsvRecord, name: string, delimiter: string): string[] {
  const { line, cells, problem } = header;
  const whole = header.cells ? (header.cells.length === 1 ? header.cells[0] : undefined) : header.raw;
  // A quoted first name makes the whole of it invalid.
  const [, behind] = (!cells && /^"(?:[^"]|"")*"([,;\t|])/.exec(whole ?? '')) || [];
  const other = [...',;\t|'].find((each) => each !== delimiter && (cells ? whole?.includes(each) : each === behind));
  if (other !== undefined) {
    throw new UsageError(
      `${name}: the header line is one cell (${shown(whole!)}), with ${NAMES.get(delimiter) ?? delimiter} as the delimiter: is it another? Add --delimiter ${other === '\t' ? 'tab' : `'${other}'`}.`,
    );
  }
  if (!cells) throw new UsageError(`${name}, line ${line}: ${problem}`);
  const seen = new Set<string>();
  return cells.map((cell, index) => {
    const column = (cell ?? '').trim();
    // Without a name, the first column may be the index of a data frame, which is for the caller to tell.
    if (column === '' && index > 0)
      throw new UsageError(`${name}: column ${index + 1} has no name in the header line.`);
    if (seen.has(column)) throw new UsageError(`${name}: the header line names ${shown(column)} twice.`);
    seen.add(column);
    return column;
  });
}

const shown = (text: string) => clip(text).replaceAll('\t', '\\t');

const NAMES = new Map([
  [',', 'a comma'],
  ['\t', 'a tab'],
]);

function entryReader(columns: string[], rawOf: (record: CsvRecord) => string): (record: CsvRecord) => ReadRow {
  return (record) => {
    const { line, cells, problem } = record;
    if (!cells) return { line, problem, raw: record.raw };
    if (cells.length !== columns.length) {
      const mismatch = `The row has ${counted(cells.length, 'cell')} where the header has ${columns.length}.`;
      return { line, problem: mismatch, raw: rawOf(record) };
    }
    return new PlacedRow(line, { columns, cells });
  };
}

/** The line of a record as it stands; one that spans lines is written anew from its cells. */
function rawText({ line, cells = [] }: CsvRecord, { first, lines }: Lines): string {
  const text = lines[line - first]?.replace(/\r$/, '');
  return text !== undefined && text.split('"').length % 2 === 1 ? text : cells.map(csvCell).join(',');
}
