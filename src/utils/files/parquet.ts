/** Parquet → rows, a row group at a time. */
import type { Compressors, FileMetaData } from 'hyparquet';
import { gunzipSync } from 'node:zlib';
import { CommandError, UsageError } from '../../errors.js';
import type { Row } from '../json.js';
import type { ReadPosition } from './bytes.js';
import { CREATED_BY, TEXTS_KEY, unpackTexts, type TextPlaces } from './parquet-texts.js';
import { cellReader, PARSERS } from './parquet-values.js';
import type { ReadRow } from './rows.js';
import type { Slices } from './slices.js';

const ROWS_PER_BATCH = 500;

export interface ParquetSource {
  file: Slices;
  /** For messages. */
  name: string;
  signal?: AbortSignal;
  position?: ReadPosition;
}

/**
 * Yields the rows, numbered from 1 in place of lines. Ends early, without an error, when the signal is aborted.
 * @throws UsageError for what is no Parquet, or broken
 */
export async function* readParquet({ file, name, signal, position }: ParquetSource): AsyncGenerator<ReadRow[]> {
  if (file.byteLength === 0) throw new UsageError(`${name} is empty.`);
  const parquet = await explain(name, () => openFile(file));
  let line = 0;
  for (let group = 0; group < parquet.groups; group += 1) {
    const rows = await explain(name, () => parquet.rowsOf(group));
    for (let at = 0; at < rows.length && !signal?.aborted; at += ROWS_PER_BATCH) {
      yield rows.slice(at, at + ROWS_PER_BATCH).map((row) => ({ line: (line += 1), row }));
    }
    if (signal?.aborted) return;
    if (position) position.read += file.byteLength / parquet.groups;
  }
}

/** The library's errors speak of its insides; those of the disk and of S3 are told as they are. */
async function explain<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { code, $metadata, message } = error as NodeJS.ErrnoException & { $metadata?: object };
    if (error instanceof CommandError || $metadata || /^E[A-Z]+$/.test(code ?? '')) throw error;
    throw new UsageError(`${name} is no Parquet file, or broken: ${message}.`, { cause: error });
  }
}

async function openFile(file: Slices) {
  const [{ parquetMetadataAsync, parquetSchema }, { parquetReadColumn }, compressors] = await Promise.all([
    import('hyparquet'),
    import('hyparquet/src/read.js'),
    loadCompressors(),
  ]);
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const columns = parquetSchema(metadata).children.map(({ element, children }) => {
    const leaf = children[0]?.children[0]?.element ?? element;
    return { name: element.name, toCell: cellReader({ ...leaf }) };
  });
  readDecimalsAsStored(metadata);
  const places = textPlaces(metadata);
  const starts = metadata.row_groups.reduce((all, { num_rows: rows }) => [...all, all.at(-1)! + Number(rows)], [0]);

  async function rowsOf(group: number): Promise<Row[]> {
    const range = { rowStart: starts[group]!, rowEnd: starts[group + 1]! };
    const rows: Row[] = Array.from({ length: range.rowEnd - range.rowStart }, () => ({}));
    for (const { name, toCell } of columns) {
      const options = { file, metadata, columns: [name], compressors, parsers: PARSERS, geoparquet: false };
      const values = await parquetReadColumn({ ...options, ...range });
      for (let row = 0; row < rows.length; row += 1) rows[row]![name] = toCell(values[row]);
    }
    const place = places[group];
    if (place) unpackTexts(new Uint8Array(await file.slice(place[0], place[0] + place[1])), rows);
    return rows;
  }

  return { groups: metadata.row_groups.length, rowsOf };
}

/** All codecs in use; the library's own gzip is JavaScript. */
async function loadCompressors(): Promise<Compressors> {
  const { compressors } = await import('hyparquet-compressors');
  return { ...compressors, GZIP: (input) => new Uint8Array(gunzipSync(input)) };
}

/** The library would make doubles of them, which lose digits. */
function readDecimalsAsStored({ schema }: FileMetaData): void {
  for (const element of schema) {
    if (element.converted_type !== 'DECIMAL' && element.logical_type?.type !== 'DECIMAL') continue;
    delete element.converted_type;
    delete element.logical_type;
  }
}

function textPlaces({ created_by: createdBy, key_value_metadata: entries = [] }: FileMetaData): TextPlaces {
  const entry = createdBy === CREATED_BY ? entries.find(({ key }) => key === TEXTS_KEY) : undefined;
  return entry?.value ? (JSON.parse(entry.value) as TextPlaces) : [];
}
