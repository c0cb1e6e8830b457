/** Parquet → rows, a row group at a time. */
import type { Compressors, FileMetaData, SchemaElement, SchemaTree } from 'hyparquet';
import { gunzipSync } from 'node:zlib';
import { CommandError, UsageError } from '../../errors.js';
import type { Cell } from '../../utils/json.js';
import type { ReadPosition } from '../bytes.js';
import { CREATED_BY, TEXTS_KEY, unpackTexts, type TextPlaces } from './parquet-texts.js';
import { BadValue, cellReader, PARSERS } from './parquet-values.js';
import { PlacedRow, type ReadRow } from '../rows.js';
import type { Slices } from '../../utils/slices.js';

const ROWS_PER_BATCH = 500;

export interface ParquetSource {
  file: Slices;
  /** For messages. */
  name: string;
  signal?: AbortSignal;
  position?: ReadPosition;
  /** Columns for which this is false are null in every row: what is left out need not be readable. */
  isWanted?: (column: string) => boolean;
}

/**
 * Yields the rows, numbered from 1 in place of lines. Ends early, without an error, when the signal is aborted.
 * @throws UsageError for what is no Parquet, or broken
 */
export async function* readParquet({
  file,
  name,
  signal,
  position,
  isWanted,
}: ParquetSource): AsyncGenerator<ReadRow[]> {
  if (file.byteLength === 0) throw new UsageError(`${name} is empty.`);
  await refuseEncrypted(file, name);
  const parquet = await explain(name, () => openFile({ file, name, isWanted }));
  let line = 0;
  for (let group = 0; group < parquet.groups; group += 1) {
    const rows = await explain(name, () => parquet.rowsOf(group));
    for (let at = 0; at < rows.length && !signal?.aborted; at += ROWS_PER_BATCH) {
      yield rows.slice(at, at + ROWS_PER_BATCH).map((cells): ReadRow => {
        line += 1;
        return typeof cells === 'string'
          ? { line, problem: cells }
          : new PlacedRow(line, { columns: parquet.names, cells });
      });
    }
    if (signal?.aborted) return;
    if (position) position.read += file.byteLength / parquet.groups;
  }
}

/** What a file cannot be read for, in words of our own; errors of the disk and of S3 are told as they are. */
async function explain<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { code, $metadata } = error as NodeJS.ErrnoException & { $metadata?: object };
    if (error instanceof CommandError || $metadata || /^E[A-Z]+$/.test(code ?? '')) throw error;
    const problem =
      error instanceof ColumnError
        ? `: column ${error.column} cannot be read: the file is broken, or uses a part of Parquet that is not supported`
        : ' is not a Parquet file, or is broken';
    throw new UsageError(`${name}${problem}.`, { cause: error });
  }
}

class ColumnError extends Error {
  readonly column: string;

  constructor(column: string, options: ErrorOptions) {
    super(`column ${column}`, options);
    this.column = column;
  }
}

/** An encrypted file begins and ends otherwise. https://parquet.apache.org/docs/file-format/data-pages/encryption/ */
async function refuseEncrypted(file: Slices, name: string): Promise<void> {
  const ending = Buffer.from(await file.slice(Math.max(0, file.byteLength - 4), file.byteLength)).toString('latin1');
  if (ending === 'PARE') throw new UsageError(`${name} is encrypted Parquet, which cannot be read: decrypt it first.`);
}

/** The cells of a row, or why it is none. */
type Cells = Cell[] | string;

async function openFile({ file, name: fileName, isWanted = () => true }: ParquetSource) {
  const [{ parquetMetadataAsync, parquetSchema }, { parquetReadColumn }, compressors] = await Promise.all([
    import('hyparquet'),
    import('hyparquet/src/read.js'),
    loadCompressors(),
  ]);
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const columns = parquetSchema(metadata).children.map((column) => {
    const { element } = column;
    const leaf = elementOf(column);
    if (element.logical_type?.type === 'VARIANT' && isWanted(element.name))
      throw new UsageError(
        `${fileName}: column ${element.name} is a VARIANT, whose values have no type: cast it to one.`,
      );
    // Where bytes are digits they must not be taken for text.
    const utf8 = !isDecimal(leaf);
    return { name: element.name, toCell: cellReader({ ...leaf }), isRead: isWanted(element.name), utf8 };
  });
  const names = columns.map(({ name }) => name);
  readDecimalsAsStored(metadata);
  const places = textPlaces(metadata);
  const starts = metadata.row_groups.reduce((all, { num_rows: rows }) => [...all, all.at(-1)! + Number(rows)], [0]);

  async function rowsOf(group: number): Promise<Cells[]> {
    const range = { rowStart: starts[group]!, rowEnd: starts[group + 1]! };
    const rows: Cells[] = Array.from({ length: range.rowEnd - range.rowStart }, () =>
      new Array<Cell>(columns.length).fill(null),
    );
    for (const [at, { name, toCell, isRead, utf8 }] of columns.entries()) {
      if (!isRead) continue;
      const options = { file, metadata, columns: [name], compressors, parsers: PARSERS, geoparquet: false, utf8 };
      const values = await parquetReadColumn({ ...options, ...range }).catch((cause: Error) => {
        throw new ColumnError(name, { cause });
      });
      putColumn(rows, { at, name, cellOf: (row) => toCell(values[row]) });
    }
    await putTexts(rows, places[group]);
    return rows;
  }

  async function putTexts(rows: Cells[], place: TextPlaces[number] | undefined): Promise<void> {
    if (!place) return;
    const texts = unpackTexts(new Uint8Array(await file.slice(place[0], place[0] + place[1])));
    for (const [column, values] of texts) {
      const at = names.indexOf(column);
      for (const [row, text] of values) if (typeof rows[row] === 'object') rows[row][at] = text;
    }
  }

  return { groups: metadata.row_groups.length, names, rowsOf };
}

interface ColumnCells {
  /** Place of the column in a row. */
  at: number;
  name: string;
  /** Throws BadValue. */
  cellOf: (row: number) => Cell;
}

/** A value that is none makes a problem of its row. */
function putColumn(rows: Cells[], { at, name, cellOf }: ColumnCells): void {
  for (let row = 0; row < rows.length; row += 1) {
    const cells = rows[row]!;
    if (typeof cells === 'string') continue;
    try {
      cells[at] = cellOf(row);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      rows[row] = `Column ${name}: ${error.message}`;
    }
  }
}

/** All codecs in use; the library's own gzip is JavaScript. */
async function loadCompressors(): Promise<Compressors> {
  const { compressors } = await import('hyparquet-compressors');
  return {
    ...compressors,
    GZIP: (input) => new Uint8Array(gunzipSync(input)),
    // Spark leaves a page of nulls without a single byte.
    SNAPPY: (input, length) => (input.length === 0 ? new Uint8Array(length) : compressors.SNAPPY!(input, length)),
  };
}

/**
 * What the values of a column are: of a list, its elements, which parquet-avro and old Spark and Hive repeat without a group
 * around them. https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#backward-compatibility-rules
 */
function elementOf({ element, children: [repeated] }: SchemaTree): SchemaElement {
  if (repeated?.element.repetition_type !== 'REPEATED') return element;
  return (repeated.children.length === 1 ? repeated.children[0]! : repeated).element;
}

const isDecimal = ({ converted_type: converted, logical_type: logical }: SchemaElement) =>
  converted === 'DECIMAL' || logical?.type === 'DECIMAL';

/** The library would make doubles of them, which lose digits. */
function readDecimalsAsStored({ schema }: FileMetaData): void {
  for (const element of schema) {
    if (!isDecimal(element)) continue;
    delete element.converted_type;
    delete element.logical_type;
  }
}

function textPlaces({ created_by: createdBy, key_value_metadata: entries = [] }: FileMetaData): TextPlaces {
  const entry = createdBy === CREATED_BY ? entries.find(({ key }) => key === TEXTS_KEY) : undefined;
  return entry?.value ? (JSON.parse(entry.value) as TextPlaces) : [];
}
