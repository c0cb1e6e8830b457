/** Rows → Parquet, a row group at a time: INT64, DOUBLE and UTF8 columns, lists of them, and nulls. */
import type { ColumnChunk, RowGroup, SchemaElement } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { cellOf, type Cell } from '../../utils/json.js';
import { CREATED_BY, packTexts, TEXTS_KEY, type TextPlaces, type Texts } from './parquet-texts.js';
import { openChunk, PHYSICAL_TYPES, type RowValue } from './parquet-chunk.js';
import type { Value } from './parquet-encoder.js';
import { numberOf } from './parquet-values.js';
import type { Sink } from '../../utils/disk/sinks.js';
import type { OutputColumn, OutputRow } from '../output-rows.js';

/** A row group ends at the first of these: enough rows to compress well, few enough to hold. */
const ROWS_PER_GROUP = 10_000;
const CHARACTERS_PER_GROUP = 32 * 1024 * 1024;

/** `PAR1`, at both ends of a file. */
const MAGIC = 0x31524150;

/** Opens a Parquet file in a sink. */
export function openParquet(sink: Sink, columns: OutputColumn[]) {
  const bytes = new ByteWriter();
  const groups: RowGroup[] = [];
  const places: TextPlaces = [];
  const group = openGroup(columns);
  bytes.appendUint32(MAGIC);

  async function flush(): Promise<void> {
    const written = bytes.getBytes().slice();
    bytes.index = 0;
    await sink.write(written);
  }

  async function endGroup(): Promise<void> {
    if (group.rows() === 0) return;
    const taken = group.write(bytes);
    groups.push(groupOf(taken.chunks, taken.rows));
    const texts = packTexts(taken.texts);
    places.push(texts ? [bytes.offset, texts.length] : null);
    if (texts) bytes.appendBytes(texts);
    await flush();
  }

  return {
    async write(rows: OutputRow[]): Promise<void> {
      for (const row of rows) {
        group.add(row);
        if (group.isFull()) await endGroup();
      }
    },
    async end(): Promise<void> {
      await endGroup();
      writeMetadata(bytes, {
        version: 2,
        created_by: CREATED_BY,
        schema: schemaOf(columns),
        num_rows: groups.reduce((sum, { num_rows: rows }) => sum + rows, 0n),
        row_groups: groups,
        key_value_metadata: [{ key: TEXTS_KEY, value: JSON.stringify(places) }],
        // Counted by whoever writes it.
        metadata_length: 0,
      });
      bytes.appendUint32(MAGIC);
      await flush();
      await sink.end();
    },
    abort: sink.abort,
  };
}

function groupOf(columns: ColumnChunk[], rows: number): RowGroup {
  const total = (size: 'total_uncompressed_size' | 'total_compressed_size') =>
    columns.reduce((sum, { meta_data: chunk }) => sum + chunk![size], 0n);
  return {
    columns,
    num_rows: BigInt(rows),
    total_byte_size: total('total_uncompressed_size'),
    total_compressed_size: total('total_compressed_size'),
  };
}

function schemaOf(columns: OutputColumn[]): SchemaElement[] {
  const leaf = (name: string, kind: OutputColumn['kind']): SchemaElement => ({
    name,
    repetition_type: 'OPTIONAL',
    type: PHYSICAL_TYPES[kind],
    ...(kind === 'text' && { converted_type: 'UTF8' }),
  });
  const list = (name: string, kind: OutputColumn['kind']): SchemaElement[] => [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    leaf('element', kind),
  ];
  const elements = columns.flatMap((column) =>
    column.list ? list(column.name, column.kind) : [leaf(column.name, column.kind)],
  );
  return [{ name: 'root', num_children: columns.length }, ...elements];
}

/** The columns of one row group after the other, and the texts that their numbers do not give back. */
function openGroup(columns: OutputColumn[]) {
  const chunks = columns.map(openChunk);
  let texts: Texts = new Map();
  let [rows, characters] = [0, 0];

  function add(row: OutputRow): void {
    for (let index = 0; index < columns.length; index += 1) {
      const column = columns[index]!;
      const cell = cellOf(row, column.name) ?? null;
      chunks[index]!.add(cell === null ? null : column.list ? listOf(cell, column) : valueOf(cell as string, column));
    }
    rows += 1;
  }

  function valueOf(cell: string | number, { name, kind }: OutputColumn): Value | null {
    const text = String(cell);
    characters += text.length;
    if (kind === 'text') return text;
    const { value, same } = numberOf(text, kind);
    if (!same) keepText(name, cell);
    return value;
  }

  function listOf(cell: Cell, { name, kind }: OutputColumn): RowValue {
    const texts = (cell as (string | number)[]).map(String);
    for (const text of texts) characters += text.length;
    if (kind === 'text') return texts;
    const numbers = texts.map((text) => numberOf(text, kind));
    if (!numbers.every(({ same }) => same)) keepText(name, cell);
    return numbers.map(({ value }) => value);
  }

  function keepText(column: string, cell: Cell): void {
    const places = texts.get(column);
    if (places) places.push([rows, cell]);
    else texts.set(column, [[rows, cell]]);
  }

  return {
    add,
    rows: () => rows,
    isFull: () => rows >= ROWS_PER_GROUP || characters >= CHARACTERS_PER_GROUP,
    /** Appends the chunks of the group, and begins the next one. */
    write(out: ByteWriter) {
      const written = { chunks: chunks.map((chunk) => chunk.write(out)), texts, rows };
      texts = new Map();
      [rows, characters] = [0, 0];
      return written;
    },
  };
}
