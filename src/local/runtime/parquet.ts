/** Buffered rows → Parquet files, one per partition, with the columns and types of the offline store. */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { SchemaElement } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { BufferedRow, Layout } from './offline-buffer.js';
import { partitionOf, stampOf } from './partitions.js';

/** The service has several writers per hour, each with its own files. */
const WRITERS = 2;
/** More are not kept in memory: every file gets a row group. */
const MAX_WAITING_VALUES = 1_000_000;
/** A long text counts as several values. */
const CHARS_PER_VALUE = 32;

export interface ParquetFile {
  path: string;
  /** Distinguishes the files of one write; the same on every repetition. */
  part: string;
  /** Newest event time in the file, `yyyyMMdd'T'HHmmss'Z'`. */
  latest: string;
  rows: number;
}

export interface Batch {
  layout: Layout;
  pages: Iterable<BufferedRow[]>;
  /** Milliseconds since the epoch. */
  writeTime: number;
  /** An empty folder; the caller moves or removes its files. */
  folder: string;
  /** By column name in lower case, for Iceberg. */
  fieldIds?: Map<string, number>;
}

type Column = Omit<SchemaElement, 'repetition_type'> & { valueOf: (row: BufferedRow) => unknown };

interface OpenFile extends ParquetFile {
  writer: ParquetWriter;
  waiting: BufferedRow[];
}

const TYPES = {
  Integral: { type: 'INT64', converted_type: 'INT_64' },
  Fractional: { type: 'DOUBLE' },
  String: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
} as const;
const READ = { Integral: BigInt, Fractional: Number, String };

/** Writes the batch; deterministic. */
export async function writeParquet(batch: Batch): Promise<ParquetFile[]> {
  const { layout, pages, folder } = batch;
  const { definitions, eventTime, tableFormat } = layout;
  const fractional = definitions.some((f) => f.FeatureName === eventTime && f.FeatureType === 'Fractional');
  const writers = tableFormat === 'Glue' ? WRITERS : 1;
  const columns = columnsOf(batch);
  const elements = columns.map(({ valueOf: _, ...element }): SchemaElement => ({
    ...element,
    repetition_type: 'OPTIONAL',
  }));
  const schema = [{ name: 'schema', num_children: columns.length }, ...elements];
  const files = new Map<string, OpenFile>();
  const open = (part: string): OpenFile => {
    const path = join(folder, part);
    const writer = new ParquetWriter({ writer: fileWriter(path), schema, statisticsTruncateLength: Infinity });
    const file = { path, part, latest: '', rows: 0, writer, waiting: [] };
    files.set(part, file);
    return file;
  };
  let placed = 0;
  let waiting = 0;
  for (const rows of pages) {
    for (const row of rows) {
      const stamp = stampOf(row.eventTime, fractional);
      const part = `${partitionOf(stamp, layout)}-${placed++ % writers}`;
      const file = files.get(part) ?? open(part);
      if (stamp > file.latest) file.latest = stamp;
      file.waiting.push(row);
      waiting += columns.length + charsOf(row) / CHARS_PER_VALUE;
    }
    if (waiting > MAX_WAITING_VALUES) {
      for (const file of files.values()) await writeGroup(file, columns);
      waiting = 0;
    }
    await setImmediate();
  }
  for (const file of files.values()) {
    await writeGroup(file, columns);
    await file.writer.finish();
  }
  return [...files.values()];
}

const charsOf = ({ values }: BufferedRow): number => values.reduce((sum, text) => sum + (text?.length ?? 0), 0);

function columnsOf({ layout, writeTime, fieldIds }: Batch): Column[] {
  // Iceberg has microseconds.
  const unit = fieldIds ? 'MICROS' : 'MILLIS';
  const logical = { type: 'TIMESTAMP', isAdjustedToUTC: false, unit } as const;
  const time = { type: 'INT64', converted_type: `TIMESTAMP_${unit}`, logical_type: logical } as const;
  const columns: Column[] = [
    ...layout.definitions.map(({ FeatureName, FeatureType }, at) => ({
      name: FeatureName,
      ...TYPES[FeatureType],
      valueOf: ({ values }: BufferedRow) => (typeof values[at] === 'string' ? READ[FeatureType](values[at]) : null),
    })),
    { name: 'write_time', ...time, valueOf: () => new Date(writeTime) },
    { name: 'api_invocation_time', ...time, valueOf: ({ invokedAt }) => new Date(invokedAt) },
    { name: 'is_deleted', type: 'BOOLEAN', valueOf: ({ deleted }) => deleted },
  ];
  return columns.map((column) => ({ ...column, field_id: fieldIds?.get(column.name.toLowerCase()) }));
}

/** Writes the rows that wait, with a turn of the event loop for others. */
async function writeGroup(file: OpenFile, columns: Column[]): Promise<void> {
  if (file.waiting.length === 0) return;
  const rows = file.waiting;
  const columnData = columns.map(({ name, valueOf }) => ({ name, data: rows.map(valueOf), offsetIndex: false }));
  await file.writer.write({ columnData, rowGroupSize: rows.length });
  file.rows += rows.length;
  file.waiting = [];
  await setImmediate();
}
