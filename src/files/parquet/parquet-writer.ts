/** Rows → Parquet, a row group at a time: INT64, DOUBLE and UTF8 columns, lists of them, and nulls. */
import type { SchemaElement } from 'hyparquet';
import { cellOf, type Cell } from '../../utils/json.js';
import { CREATED_BY, packTexts, TEXTS_KEY, type TextPlaces, type Texts } from './parquet-texts.js';
import { numberOf } from './parquet-values.js';
import type { Sink } from '../../utils/sinks.js';
import type { OutputColumn, OutputRow } from '../output-rows.js';

/** A row group ends at the first of these: enough rows to compress well, few enough to hold. */
const ROWS_PER_GROUP = 10_000;
const CHARACTERS_PER_GROUP = 32 * 1024 * 1024;

const TYPES = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT64' },
  decimal: { type: 'DOUBLE' },
} as const;

export interface ParquetRows {
  write(rows: OutputRow[]): Promise<void>;
  /** Writes the footer; the sink is left open. */
  end(): Promise<void>;
}

/** Opens a Parquet file in a sink; the library is loaded here. */
export async function openParquet(sink: Sink, columns: OutputColumn[]): Promise<ParquetRows> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const bytes = new ByteWriter();
  const kvMetadata = [{ key: TEXTS_KEY, value: '' }];
  const file = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), kvMetadata, createdBy: CREATED_BY });
  const places: TextPlaces = [];
  let group = openGroup(columns);

  async function flush(): Promise<void> {
    const written = bytes.getBytes().slice();
    bytes.index = 0;
    await sink.write(written);
  }

  async function endGroup(): Promise<void> {
    if (group.rows() === 0) return;
    await file.write({ columnData: group.columnData, rowGroupSize: group.rows() });
    const texts = packTexts(group.texts);
    places.push(texts ? [bytes.offset, texts.length] : null);
    if (texts) bytes.appendBytes(texts);
    group = openGroup(columns);
    await flush();
  }

  return {
    async write(rows) {
      for (const row of rows) {
        group.add(row);
        if (group.isFull()) await endGroup();
      }
    },
    async end() {
      await endGroup();
      kvMetadata[0]!.value = JSON.stringify(places);
      await file.finish();
      await flush();
    },
  };
}

function schemaOf(columns: OutputColumn[]): SchemaElement[] {
  const leaf = (name: string, kind: OutputColumn['kind']): SchemaElement => ({
    name,
    repetition_type: 'OPTIONAL',
    ...TYPES[kind],
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

/** The columns of one row group, and the texts that their numbers do not give back. */
function openGroup(columns: OutputColumn[]) {
  const texts: Texts = new Map();
  const columnData = columns.map(({ name }) => ({ name, data: [] as unknown[] }));
  let [rows, characters] = [0, 0];

  function add(row: OutputRow): void {
    for (let index = 0; index < columns.length; index += 1) {
      const column = columns[index]!;
      const cell = cellOf(row, column.name) ?? null;
      columnData[index]!.data.push(cell === null ? null : column.list ? listOf(cell, column) : valueOf(cell, column));
    }
    rows += 1;
  }

  function valueOf(cell: Cell | number, { name, kind }: OutputColumn): unknown {
    const text = String(cell);
    characters += text.length;
    if (kind === 'text') return text;
    const { value, same } = numberOf(text, kind);
    if (!same) keepText(name, cell);
    return value;
  }

  function listOf(cell: Cell, { name, kind }: OutputColumn): unknown[] {
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
    columnData,
    texts,
    add,
    rows: () => rows,
    isFull: () => rows >= ROWS_PER_GROUP || characters >= CHARACTERS_PER_GROUP,
  };
}
