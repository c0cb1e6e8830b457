/** The row groups of a Parquet file: the values of each column that is wanted, and cells for the rows that are asked for. */
import type { SchemaElement } from 'hyparquet';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { isFlatColumn } from 'hyparquet/src/schema.js';
import type { Cell } from '../../utils/json.js';
import type { Slices } from '../../utils/slices.js';
import { openCodecs } from './pages/codecs.js';
import { assertWhole, ColumnError, Damage, NotSupported } from './parquet-damage.js';
import { readFooter, type ChunkPlace, type FooterColumn, type RowGroup } from './parquet-footer.js';
import { readLeaf, type Leaf } from './pages/leaf.js';
import { openNested } from './pages/nested.js';
import { CREATED_BY, TEXTS_KEY, unpackTexts, type TextPlaces } from './parquet-texts.js';
import { isDecimal } from './parquet-types.js';
import { BadValue, cellReader, PARSERS } from './parquet-values.js';

/** The cells of a row, or why it cannot be read. */
type Cells = Cell[] | string;

interface Column extends Pick<FooterColumn, 'node'> {
  name: string;
  isRead: boolean;
  leaves: ColumnLeaf[];
}

interface ColumnLeaf {
  leaf: Leaf;
  /** Place of its chunk. */
  chunk: number;
  /** Throws BadValue. */
  toCell: (value: unknown) => Cell;
}

/** More than a row group of any writer has by itself; filling a longer array takes minutes. */
const MOST_ROWS = 2 ** 25;
/** Two chunks of a column with no more between them are read at once. */
const GAP_BYTES = 2 ** 13;

interface GroupRows {
  length: number;
  /** Of the next rows. Throws Damage where what lies in several places does not fit together. */
  next(count: number): Cells[];
}

/** Columns for which `isWanted` is false are null in every row. */
export async function openGroups(file: Slices, isWanted: (column: string) => boolean) {
  const [footer, unpack] = await Promise.all([readFooter(file), openCodecs()]);
  const columns = footer.columns.map(({ node, leaves }): Column => {
    const { name } = node.element;
    const parsers = { ...DEFAULT_PARSERS, ...PARSERS };
    const read = leaves.map(({ path, chunk }): ColumnLeaf => {
      const { element } = path.at(-1)!;
      const toCell = cellReader({ ...element });
      // Where bytes are digits they must not be taken for text.
      const leaf = { path, element, parsers, utf8: !isDecimal(element), unpack };
      readDecimalAsStored(element);
      return { leaf, chunk, toCell };
    });
    return { node, name, isRead: isWanted(name), leaves: read };
  });
  const names = columns.map(({ name }) => name);
  const places = textPlaces(footer);

  async function readGroup(index: number): Promise<GroupRows> {
    const group = footer.groups[index]!;
    const read: { at: number; name: string; next: NextCells }[] = [];
    if (group.rows === 0) return { length: 0, next: () => [] };
    for (const [at, column] of columns.entries()) {
      if (!column.isRead) continue;
      try {
        read.push({ at, name: column.name, next: await readColumn(column, file, group) });
      } catch (cause) {
        throw new ColumnError(column.name, { cause });
      }
    }
    const texts = await readTexts(file, { place: places[index], names, rows: group.rows });
    let from = 0;
    const next = (count: number): Cells[] => {
      const rows: Cells[] = Array.from({ length: count }, () => new Array<Cell>(names.length).fill(null));
      for (const { at, name, next: nextCells } of read) {
        try {
          putCells(rows, { at, name, cells: nextCells(count) });
        } catch (cause) {
          throw new ColumnError(name, { cause });
        }
      }
      for (const each of texts) putTexts(rows, { each, from });
      from += count;
      return rows;
    };
    return { length: group.rows, next };
  }

  return { groups: footer.groups.length, columns: footer.columns, names, readGroup };
}

/** Gives the cells of the next rows, or the BadValue in their place. */
type NextCells = (rows: number) => (Cell | BadValue)[];

async function readColumn({ node, leaves }: Column, file: Slices, group: RowGroup): Promise<NextCells> {
  const { rows } = group;
  if (rows > MOST_ROWS) throw new NotSupported(`a row group of ${rows} rows`);
  const chunks = leaves.map(({ chunk }) => group.chunks[chunk]!);
  const bytes = await readChunks(file, chunks);
  const read = leaves.map(({ leaf, toCell }, index) => ({
    node: leaf.path.at(-1)!,
    read: readLeaf(leaf, { metadata: chunks[index]!, bytes: bytes[index]!, rows }),
    toCell: orBad(toCell),
  }));
  if (!isFlatColumn(leaves[0]!.leaf.path)) return openNested(node, read);
  const [{ read: values, toCell }] = read as [(typeof read)[0]];
  let at = 0;
  return (count) => values.values.slice(at, (at += count)).map(toCell);
}

/** A value that cannot be read is its row's, and the file's others can. */
function orBad(toCell: (value: unknown) => Cell): (value: unknown) => Cell | BadValue {
  return (value) => {
    try {
      return toCell(value);
    } catch (error) {
      if (error instanceof BadValue) return error;
      throw error;
    }
  };
}

/** What lies close together is read at once. */
async function readChunks(file: Slices, chunks: ChunkPlace[]): Promise<Uint8Array[]> {
  const elsewhere = chunks.find((chunk) => chunk.elsewhere)?.elsewhere;
  if (elsewhere) throw new NotSupported(elsewhere);
  const [start, end] = [Math.min(...chunks.map((chunk) => chunk.start)), Math.max(...chunks.map((chunk) => chunk.end))];
  const size = chunks.reduce((sum, chunk) => sum + chunk.end - chunk.start, 0);
  const read = async (from: number, to: number) => {
    const bytes = new Uint8Array(await file.slice(from, to));
    if (bytes.length < to - from) throw new Damage('it ends in the middle of the column');
    return bytes;
  };
  if (end - start > size + GAP_BYTES) return Promise.all(chunks.map((chunk) => read(chunk.start, chunk.end)));
  const all = await read(start, end);
  return chunks.map((chunk) => all.subarray(chunk.start - start, chunk.end - start));
}

interface ColumnCells {
  at: number;
  name: string;
  cells: (Cell | BadValue)[];
}

/** A value that cannot be read makes its row invalid. */
function putCells(rows: Cells[], { at, name, cells }: ColumnCells): void {
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    if (typeof row === 'string') continue;
    const cell = cells[index]!;
    if (cell instanceof BadValue) rows[index] = `Column ${name}: ${cell.message}`;
    else row[at] = cell;
  }
}

/** The library would make doubles of them, which lose digits. */
function readDecimalAsStored(element: SchemaElement): void {
  if (!isDecimal(element)) return;
  delete element.converted_type;
  delete element.logical_type;
}

interface Texts {
  /** Place of the column in a row. */
  at: number;
  values: [row: number, text: Cell][];
  /** The first that is not put yet. */
  next: number;
}

/** `from` is the first of the rows. */
function putTexts(rows: Cells[], { each, from }: { each: Texts; from: number }): void {
  for (let next = each.values[each.next]; next && next[0] < from + rows.length; next = each.values[(each.next += 1)]) {
    const cells = rows[next[0] - from];
    if (typeof cells === 'object') cells[each.at] = next[1];
  }
}

function textPlaces({ createdBy, notes }: { createdBy?: string; notes: Map<string, string> }): TextPlaces {
  const entry = createdBy === CREATED_BY ? notes.get(TEXTS_KEY) : undefined;
  return entry ? (JSON.parse(entry) as TextPlaces) : [];
}

interface TextsPlace {
  place: TextPlaces[number] | undefined;
  names: string[];
  rows: number;
}

async function readTexts(file: Slices, { place, names, rows }: TextsPlace): Promise<Texts[]> {
  if (!place) return [];
  const texts = unpackTexts(new Uint8Array(await file.slice(place[0], place[0] + place[1])));
  return [...texts].map(([column, values]) => {
    const at = names.indexOf(column);
    const isInOrder = values.every(([row], index) => row > (values[index - 1]?.[0] ?? -1) && row < rows);
    assertWhole(at >= 0 && isInOrder, `the texts of its column ${column} do not fit`);
    return { at, values, next: 0 };
  });
}
