/** Physical lines → CSV records: cut at the delimiter where no quote is near, csv-parse where one is. */
import { parse } from 'csv-parse/sync';
import type { Lines } from '../lines.js';
import { MAX_RECORD_CHARACTERS } from '../rows.js';

type Cells = (string | null)[];

/** The cells of one record, null where nothing stands between two commas, and the line that it starts on. */
export type CsvRecord =
  | { line: number; cells: Cells; problem?: undefined }
  | { line: number; cells?: undefined; problem: string; raw: string };

/** Lines that belong together because a quote is open at the end of all but the last. */
interface Joined {
  line: number;
  lines: string[];
  length: number;
  /** Why they are no record. */
  problem?: string;
}

const NEVER_CLOSED = 'The quote that is opened here is never closed.';
const LONE_RETURN = 'The row holds a carriage return outside of quotes; give all lines of the file the same end.';
const BEHIND_QUOTE = 'The row is not valid CSV: text follows the closing quote of a cell.';
const WITH_BACKSLASH = `${BEHIND_QUOTE} CSV doubles a quote within quotes, and takes no backslash before it; Spark writes it so with option('escape', '"').`;

/** Gathers physical lines into records; keeps what is open at the end of a chunk for the next one. */
export function openRecordSplitter(delimiter: string) {
  const { plainRecords, recordsOf } = recordReader(delimiter);
  let open: Joined | undefined;

  function split({ first, lines, quoted }: Lines): CsvRecord[] {
    if (!quoted && !open) return plainRecords(lines, first);
    const before = open && { ...open, lines: [...open.lines] };
    const units: Joined[] = [];
    gather(lines, first, units);
    if (!isTooLong(open) && units.every(({ problem }) => problem === undefined)) return recordsOf(units);
    open = before;
    return carefully(lines, first);
  }

  /** Adds the records that are whole; `open` is what is left. */
  function gather(lines: string[], first: number, units: Joined[]): void {
    for (let index = 0; index < lines.length; index += 1) {
      const text = lines[index]!;
      const wasOpen = open !== undefined;
      open ??= { line: first + index, lines: [], length: 0 };
      open.lines.push(text);
      open.length += text.length + 1;
      const quote = quoteAtEnd(text, wasOpen, delimiter);
      if (quote === 'open') continue;
      if (quote === 'wrong') open.problem = text.includes('\\"') ? WITH_BACKSLASH : BEHIND_QUOTE;
      units.push(open);
      open = undefined;
    }
  }

  /**
   * Something in these lines is malformed. One record at a time: of a bad one only the first line is given up, since its
   * stray quote may have swallowed the records behind it.
   */
  function carefully(lines: string[], first: number): CsvRecord[] {
    const records: CsvRecord[] = [];
    for (let index = 0; index < lines.length; index += 1) {
      const units: Joined[] = [];
      gather([lines[index]!], first + index, units);
      for (const unit of units) records.push(...recordOrRest(unit));
      if (isTooLong(open)) records.push(...giveUpFirstLine(NEVER_CLOSED));
    }
    return records;
  }

  function recordOrRest(unit: Joined): CsvRecord[] {
    if (unit.problem === undefined) return recordsOf([unit]);
    open = unit;
    return giveUpFirstLine(unit.problem);
  }

  function giveUpFirstLine(problem: string): CsvRecord[] {
    const { line, lines } = open!;
    open = undefined;
    return [{ line, problem, raw: withoutReturn(lines[0]!) }, ...carefully(lines.slice(1), line + 1)];
  }

  function end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    while (open) records.push(...giveUpFirstLine(NEVER_CLOSED));
    return records;
  }

  return { split, end };
}

function isTooLong(open: Joined | undefined): boolean {
  return open !== undefined && open.length > MAX_RECORD_CHARACTERS;
}

/**
 * Whether a quoted cell goes on behind the line. A quote opens a cell only where that begins: `5" pipe` is text.
 * @param isOpen whether the line begins within one
 */
function quoteAtEnd(text: string, isOpen: boolean, delimiter: string): 'open' | 'closed' | 'wrong' {
  let at = 0;
  let inQuotes = isOpen;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return inQuotes ? 'open' : 'closed';
    at = quote + 1;
    if (!inQuotes) inQuotes = quote === 0 || text[quote - 1] === delimiter;
    else if (text[at] === '"') at += 1;
    else if (at === text.length || text[at] === delimiter || /^\r+$/.test(text.slice(at))) inQuotes = false;
    else return 'wrong';
  }
}

function emptyToNull(cells: Cells): Cells {
  for (let index = 0; index < cells.length; index += 1) if (cells[index] === '') cells[index] = null;
  return cells;
}

/** Programs that end lines with `\r\n` twice over write `\r\r\n`. */
function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.replace(/\r+$/, '') : text;
}

/*
 * csv-parse takes ten times as long as cutting at commas, and a `cast` callback ten times as long again. So it meets only
 * records that hold a quote, many in one call; and `cast`, which alone tells `""` from nothing, only those that hold a cell
 * of two quotes.
 */
function recordReader(delimiter: string) {
  // A quote within an unquoted cell is text, as Excel, Python and DuckDB have it.
  const options = { relax_column_count: true, relax_quotes: true, record_delimiter: '\n', delimiter };
  const cast = (cell: string, { quoting }: { quoting: boolean }) => (cell === '' && !quoting ? null : cell);
  const own = delimiter.replace(/[|\\^$.*+?()[\]{}]/, '\\$&');
  const emptyQuotedCell = new RegExp(`(?:^|${own})""(?:${own}|$)`);

  const quotedCells = new RegExp(`(?<=^|${own})"(?:[^"]|"")*"`, 'g');
  const hasLoneReturn = (text: string) => text.includes('\r') && text.replace(quotedCells, '').includes('\r');

  const plainCells = (text: string): Cells => emptyToNull(text.split(delimiter));

  function plainRecords(lines: string[], first: number): CsvRecord[] {
    const records: CsvRecord[] = [];
    for (let index = 0; index < lines.length; index += 1) {
      const text = withoutReturn(lines[index]!);
      if (text === '') continue;
      if (text.includes('\r')) records.push({ line: first + index, problem: LONE_RETURN, raw: text });
      else records.push({ line: first + index, cells: plainCells(text) });
    }
    return records;
  }

  function recordsOf(units: Joined[]): CsvRecord[] {
    const records: CsvRecord[] = [];
    const quoted = { plain: batch(options, emptyToNull), cast: batch({ ...options, cast }, (cells) => cells) };
    for (const { line, lines } of units) {
      const text = withoutReturn(lines.length === 1 ? lines[0]! : lines.join('\n'));
      if (text === '') continue;
      if (hasLoneReturn(text)) {
        records.push({ line, problem: LONE_RETURN, raw: text });
        continue;
      }
      const record = { line, cells: [] as Cells };
      records.push(record);
      if (!text.includes('"')) record.cells = plainCells(text);
      else (emptyQuotedCell.test(text) ? quoted.cast : quoted.plain).add(text, record);
    }
    quoted.plain.parse();
    quoted.cast.parse();
    return records;
  }

  return { plainRecords, recordsOf };
}

function batch(options: object, finish: (cells: Cells) => Cells) {
  const texts: string[] = [];
  const records: { cells: Cells }[] = [];
  return {
    add(text: string, record: { cells: Cells }) {
      texts.push(text);
      records.push(record);
    },
    parse() {
      if (texts.length === 0) return;
      const rows = parse(texts.join('\n'), options) as unknown as Cells[];
      rows.forEach((cells, index) => (records[index]!.cells = finish(cells)));
    },
  };
}
