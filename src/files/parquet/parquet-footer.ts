/**
 * The directory at the end of a Parquet file: what its columns are, and where their values lie. Its statistics are left unread: a
 * file with wrong ones can be read all the same.
 * https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
import type { ColumnMetaData, LogicalType, SchemaElement, SchemaTree, TimeUnit } from 'hyparquet';
import { parquetSchema } from 'hyparquet';
import { CompressionCodecs, ConvertedTypes, FieldRepetitionTypes, ParquetTypes } from 'hyparquet/src/constants.js';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import type { Slices } from '../../utils/slices.js';
import { assertWhole, isCount } from './parquet-damage.js';
import { assertTypes } from './parquet-types.js';

/** Of the chunk of a column in a row group. */
export interface ChunkPlace extends Pick<ColumnMetaData, 'codec' | 'num_values' | 'type'> {
  /** Bytes of the file. */
  start: number;
  end: number;
  /** Set where the values are in another file, or encrypted. */
  elsewhere?: 'a column in another file' | 'an encrypted column';
}

export interface RowGroup {
  rows: number;
  /** In the order of the leaves. */
  chunks: ChunkPlace[];
}

/** As a row has it: a value, or a list or struct of several. */
export interface FooterColumn {
  node: SchemaTree;
  /** What its values lie in, each in a chunk of its own. */
  leaves: FooterLeaf[];
}

interface FooterLeaf {
  /** From the root of the schema to the leaf. */
  path: SchemaTree[];
  /** Place of its chunk in each row group. */
  chunk: number;
}

interface Footer {
  columns: FooterColumn[];
  groups: RowGroup[];
  createdBy: string | undefined;
  notes: Map<string, string>;
}

type Thrift = Record<`field_${number}`, unknown>;

const ENDING_BYTES = 8;
const MAGIC = 'PAR1';
/** Read at once; most directories are smaller. */
const FIRST_READ_BYTES = 2 ** 19;
/** Old versions of parquet-mr do not count the header of the dictionary. https://issues.apache.org/jira/browse/PARQUET-816 */
const UNCOUNTED_BYTES = 100;

function countsAll(createdBy = ''): boolean {
  const [, mr, ...version] = /^(parquet-mr)(?: version (\d+)\.(\d+)\.(\d+))?/.exec(createdBy) ?? [];
  const [major = 0, minor = 0, patch = 0] = version.map((part) => Number(part ?? 0));
  return !mr || major * 10_000 + minor * 100 + patch >= 10_209;
}

/** @throws Damage where numbers contradict each other; whatever a library throws where there is no directory */
export async function readFooter(file: Slices): Promise<Footer> {
  const { byteLength } = file;
  let bytes = Buffer.from(await file.slice(Math.max(0, byteLength - FIRST_READ_BYTES), byteLength));
  const isEnd = bytes.length >= ENDING_BYTES && bytes.toString('latin1', bytes.length - MAGIC.length) === MAGIC;
  const length = isEnd ? bytes.readUInt32LE(bytes.length - ENDING_BYTES) : Infinity;
  if (length + ENDING_BYTES > byteLength) throw new Error('not Parquet');
  const start = byteLength - ENDING_BYTES - length;
  bytes =
    length + ENDING_BYTES > bytes.length
      ? Buffer.from(await file.slice(start, start + length))
      : bytes.subarray(bytes.length - ENDING_BYTES - length, bytes.length - ENDING_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = { view, offset: 0 };
  const thrift = deserializeTCompactProtocol(reader);
  assertWhole(reader.offset === bytes.length, 'its directory does not end where it should');
  return footerOf(thrift, start);
}

function footerOf(thrift: Thrift, end: number): Footer {
  const schema = (thrift.field_2 as Thrift[]).map(elementOf);
  const isRepetition = schema.slice(1).every((element) => element.repetition_type !== undefined);
  assertWhole(isRepetition, 'a column is neither required, nor optional, nor repeated');
  // Some writers say that the whole is repeated.
  schema[0]!.repetition_type = 'REQUIRED';
  const tree = parquetSchema({ schema });
  assertWhole(tree.count === schema.length, 'its schema has parts that belong to no column');
  const paths = leavesOf([tree]);
  const leaves = paths.map((path) => path.at(-1)!);
  for (const { element } of leaves) assertTypes(element);
  const createdBy = textOf(thrift.field_6);
  const uncounted = countsAll(createdBy) ? 0 : UNCOUNTED_BYTES;
  const groups = (thrift.field_4 as Thrift[]).map((group): RowGroup => {
    const chunks = group.field_1 as Thrift[];
    const rows = numberOf(group.field_3);
    assertWhole(isCount(rows), 'a row group claims an impossible number of rows');
    assertWhole(chunks.length === leaves.length, 'a row group has more or fewer columns than the schema');
    return {
      rows,
      chunks: rows === 0 ? [] : chunks.map((chunk, index) => placeOf(chunk, { leaf: leaves[index]!, end, uncounted })),
    };
  });
  const [rows, claimed] = [groups.reduce((sum, group) => sum + group.rows, 0), numberOf(thrift.field_3)];
  // Some writers claim none.
  assertWhole(rows === claimed || claimed === 0, `its row groups have ${rows} rows, where it claims ${claimed}`);
  const notes = ((thrift.field_5 ?? []) as Thrift[]).map(({ field_1: key, field_2: value }): [string, string] => [
    textOf(key) ?? '',
    textOf(value) ?? '',
  ]);
  return { columns: columnsOf(tree, paths), groups, createdBy, notes: new Map(notes) };
}

/** The paths to all leaves. A group of nothing has none. */
function leavesOf(path: SchemaTree[]): SchemaTree[][] {
  const { element, children } = path.at(-1)!;
  if (children.length > 0) return children.flatMap((child) => leavesOf([...path, child]));
  return element.type === undefined ? [] : [path];
}

function columnsOf(tree: SchemaTree, paths: SchemaTree[][]): FooterColumn[] {
  const columns = new Map(tree.children.map((node): [SchemaTree, FooterColumn] => [node, { node, leaves: [] }]));
  paths.forEach((path, chunk) => columns.get(path[1]!)?.leaves.push({ path, chunk }));
  return [...columns.values()].filter(({ leaves }) => leaves.length > 0);
}

interface LeafPlace {
  leaf: SchemaTree;
  /** Where the directory begins. */
  end: number;
  /** Bytes that may follow the end of a chunk. */
  uncounted: number;
}

function placeOf(chunk: Thrift, { leaf: { element: leaf, path }, end, uncounted }: LeafPlace): ChunkPlace {
  const { field_3: metadata = {} } = chunk as { field_3?: Thrift };
  const place = {
    codec: CompressionCodecs[numberOf(metadata.field_4)!]!,
    type: ParquetTypes[numberOf(metadata.field_1)!]!,
  };
  const values = { ...place, num_values: metadata.field_5 as bigint, start: 0, end: 0 };
  if (chunk.field_1 !== undefined) return { ...values, elsewhere: 'a column in another file' };
  if (chunk.field_8 !== undefined || chunk.field_9 !== undefined)
    return { ...values, elsewhere: 'an encrypted column' };
  const [data = NaN, dictionary = 0] = [numberOf(metadata.field_9), numberOf(metadata.field_11)];
  // Some writers have a place for a dictionary that is not there.
  const start = dictionary > 0 && dictionary < data ? dictionary : data;
  const size = numberOf(metadata.field_7);
  const isInside = isCount(start) && isCount(size) && start >= MAGIC.length && start + size <= end;
  assertWhole(isInside, `column ${leaf.name} is outside the file`);
  assertWhole(isCount(numberOf(metadata.field_5)), `column ${leaf.name} claims an impossible number of values`);
  const said = (metadata.field_3 as unknown[]).map(textOf);
  const isSame = said.length === path.length && path.every((name, index) => said[index] === name);
  assertWhole(isSame, `column ${path.join('.')} is called ${said.join('.')} elsewhere`);
  assertWhole(place.type === leaf.type, `column ${leaf.name} is of two types`);
  return { ...values, start, end: Math.min(start + size + uncounted, end) };
}

const utf8 = new TextDecoder();
const textOf = (value: unknown): string | undefined => (value instanceof Uint8Array ? utf8.decode(value) : undefined);

/** @throws Damage for what is no number, and is there */
function numberOf(value: unknown): number | undefined {
  const isNumber = value === undefined || typeof value === 'number' || typeof value === 'bigint';
  assertWhole(isNumber, 'its directory holds other things where numbers belong');
  return value === undefined ? undefined : Number(value);
}

function elementOf(thrift: Thrift): SchemaElement {
  const logical = thrift.field_10 === undefined ? undefined : logicalOf(thrift.field_10 as Thrift);
  const converted = ConvertedTypes[numberOf(thrift.field_6)!];
  return {
    type: ParquetTypes[numberOf(thrift.field_1)!],
    type_length: numberOf(thrift.field_2),
    repetition_type: FieldRepetitionTypes[numberOf(thrift.field_3)!],
    name: textOf(thrift.field_4) ?? '',
    num_children: numberOf(thrift.field_5),
    converted_type: converted ?? OLD_NAMES[logical?.type as 'LIST'],
    scale: numberOf(thrift.field_7) ?? (logical?.type === 'DECIMAL' ? logical.scale : undefined),
    logical_type: logical,
  };
}

/** The library knows these by their old names alone. */
const OLD_NAMES = { LIST: 'LIST', MAP: 'MAP', DATE: 'DATE' } as const;

const PLAIN_LOGICAL = {
  ...{ field_1: 'STRING', field_2: 'MAP', field_3: 'LIST', field_4: 'ENUM', field_6: 'DATE', field_11: 'NULL' },
  ...{ field_12: 'JSON', field_13: 'BSON', field_14: 'UUID', field_15: 'FLOAT16', field_16: 'VARIANT' },
  ...{ field_17: 'GEOMETRY', field_18: 'GEOGRAPHY' },
} as const;

/** What is not known is no type: the values are what they are stored as. */
function logicalOf(union: Thrift): LogicalType | undefined {
  const [name, value] = Object.entries(union)[0] ?? [];
  const of = value as Thrift;
  if (name === 'field_5') return { type: 'DECIMAL', scale: numberOf(of.field_1)!, precision: numberOf(of.field_2)! };
  if (name === 'field_7') return { type: 'TIME', isAdjustedToUTC: of.field_1 as boolean, unit: unitOf(of.field_2) };
  if (name === 'field_8')
    return { type: 'TIMESTAMP', isAdjustedToUTC: of.field_1 as boolean, unit: unitOf(of.field_2) };
  if (name === 'field_10') return { type: 'INTEGER', bitWidth: numberOf(of.field_1)!, isSigned: of.field_2 as boolean };
  const type = PLAIN_LOGICAL[name as keyof typeof PLAIN_LOGICAL];
  return type === undefined ? undefined : ({ type } as LogicalType);
}

function unitOf(union: unknown): TimeUnit {
  const unit = ({ field_1: 'MILLIS', field_2: 'MICROS', field_3: 'NANOS' } as const)[
    Object.keys(union as Thrift)[0] as 'field_1'
  ];
  assertWhole(unit !== undefined, 'a time has no unit');
  return unit;
}
