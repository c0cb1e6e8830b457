/**
 * Lists, maps and structs, row by row from the leaves that they lie in. It follows the schema down to each leaf, whose own
 * type says what its values are. https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types
 */
import type { SchemaTree } from 'hyparquet';
import { setCell, type Cell } from '../../../utils/json.js';
import { assertWhole } from '../parquet-damage.js';
import { BadValue } from '../parquet-values.js';
import type { LeafValues } from './leaf.js';

interface NestedLeaf {
  node: SchemaTree;
  read: LeafValues;
  /** Of a value that is there. */
  toCell: (value: unknown) => Cell | BadValue;
}

/** Returns what gives the next rows, in order; a row with a bad value is that value. */
export function openNested(node: SchemaTree, leaves: NestedLeaf[]): (rows: number) => (Cell | BadValue)[] {
  const cursors = new Map(leaves.map((leaf): [SchemaTree, Cursor] => [leaf.node, new Cursor(leaf)]));
  const all = [...cursors.values()];
  const part = partOf(node, { definition: 0, repetition: 0 }, cursors);
  const next = (): Cell | BadValue => {
    for (const cursor of all) cursor.beginRow();
    const cell = part.read();
    const isWhole = all.every((cursor) => cursor.at === cursor.end);
    assertWhole(isWhole, APART);
    return all.find(({ bad }) => bad !== undefined)?.bad ?? cell;
  };
  return (rows) => Array.from({ length: rows }, next);
}

const APART = 'its parts do not fit together';

/** Where a leaf is read: an entry for each value, or for what is missing in its place. */
class Cursor {
  at = 0;
  /** Of the row. */
  end = 0;
  /** The first of the row. */
  bad: BadValue | undefined;
  private value = 0;
  private readonly leaf: LeafValues;
  private readonly toCell: NestedLeaf['toCell'];

  constructor({ read, toCell }: NestedLeaf) {
    this.leaf = read;
    this.toCell = toCell;
  }

  beginRow(): void {
    const { repetition } = this.leaf;
    this.bad = undefined;
    this.end = this.at + 1;
    while (repetition && this.end < repetition.length && repetition[this.end] !== 0) this.end += 1;
  }

  /** How much of the path is there. */
  definition(most: number): number {
    assertWhole(this.at < this.end, APART);
    return this.leaf.definition?.[this.at] ?? most;
  }

  /** Whether the next entry continues the list of this level. */
  continues(repetition: number): boolean {
    return this.at < this.end && (this.leaf.repetition?.[this.at] ?? 0) >= repetition;
  }

  read(most: number): Cell {
    const isThere = this.definition(most) === most;
    this.at += 1;
    if (!isThere) return null;
    const cell = this.toCell(this.leaf.values[this.value++]);
    if (!(cell instanceof BadValue)) return cell;
    this.bad ??= cell;
    return null;
  }
}

/** What is there when one arrives at a part of the schema. */
interface Depth {
  definition: number;
  repetition: number;
}

interface Part {
  /** Of all leaves below. */
  cursors: Cursor[];
  /** Takes what lies at the cursors, and moves them behind it. */
  read: () => Cell;
}

/** A part of the schema, which may be missing or repeated. */
function partOf(node: SchemaTree, depth: Depth, cursors: Map<SchemaTree, Cursor>): Part {
  const { repetition_type: repetition } = node.element;
  if (repetition === 'REPEATED') return listOf(insideOf(node, inner(depth, 1), cursors), depth);
  if (repetition !== 'OPTIONAL' || node.children.length === 0)
    return insideOf(node, { ...depth, definition: depth.definition + Number(repetition === 'OPTIONAL') }, cursors);
  const inside = insideOf(node, inner(depth, 0), cursors);
  const read = () => (isThere(inside, depth.definition + 1) ? inside.read() : missing(inside));
  return { ...inside, read };
}

const inner = ({ definition, repetition }: Depth, repeated: number): Depth => ({
  definition: definition + 1,
  repetition: repetition + repeated,
});

/** A part that is there. */
function insideOf(node: SchemaTree, depth: Depth, cursors: Map<SchemaTree, Cursor>): Part {
  const cursor = cursors.get(node);
  if (cursor) return { cursors: [cursor], read: () => cursor.read(depth.definition) };
  const { converted_type: converted } = node.element;
  const [repeated, ...others] = node.children;
  if (repeated?.element.repetition_type === 'REPEATED' && others.length === 0) {
    if (converted === 'LIST') return listOf(elementOf(node, inner(depth, 1), cursors), depth);
    const isMap = converted === 'MAP' || converted === 'MAP_KEY_VALUE';
    if (isMap && repeated.children.length === 2) return mapOf(repeated, depth, cursors);
  }
  return structOf(node, depth, cursors);
}

/**
 * The group around an element, which parquet-avro and old Spark and Hive leave out.
 * https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#backward-compatibility-rules
 */
function elementOf({ element: list, children }: SchemaTree, depth: Depth, cursors: Map<SchemaTree, Cursor>): Part {
  const repeated = children[0]!;
  const { name } = repeated.element;
  const [only, ...others] = repeated.children;
  const isElement =
    !only ||
    others.length > 0 ||
    only.element.repetition_type === 'REPEATED' ||
    name === 'array' ||
    name === `${list.name}_tuple`;
  return isElement ? insideOf(repeated, depth, cursors) : partOf(only, depth, cursors);
}

/** @param depth of the list; each element is one deeper */
function listOf(element: Part, depth: Depth): Part {
  const read = () => {
    const cells: Cell[] = [];
    eachOf(element, depth, () => cells.push(element.read()));
    return cells;
  };
  return { ...element, read };
}

/** As the JSON of most programs has a map: of two equal keys the last one counts. */
function mapOf(entry: SchemaTree, depth: Depth, cursors: Map<SchemaTree, Cursor>): Part {
  const [key, value] = entry.children.map((child) => partOf(child, inner(depth, 1), cursors)) as [Part, Part];
  const both = { cursors: [...key.cursors, ...value.cursors] };
  const read = () => {
    const cells: { [name: string]: Cell } = {};
    eachOf(both, depth, () => setCell(cells, nameOf(key.read()), value.read()));
    return cells;
  };
  return { ...both, read };
}

const nameOf = (key: Cell): string => (typeof key === 'object' ? JSON.stringify(key) : String(key));

function structOf({ children }: SchemaTree, depth: Depth, cursors: Map<SchemaTree, Cursor>): Part {
  const members = children
    .map((child) => ({ name: child.element.name, part: partOf(child, depth, cursors) }))
    .filter(({ part }) => part.cursors.length > 0);
  const read = () => {
    const cells: { [name: string]: Cell } = {};
    for (const { name, part } of members) setCell(cells, name, part.read());
    return cells;
  };
  return { cursors: members.flatMap(({ part }) => part.cursors), read };
}

/** Reads what is repeated; all leaves must agree on how often. */
function eachOf(part: Pick<Part, 'cursors'>, { definition, repetition }: Depth, readOne: () => void): void {
  if (!isThere(part, definition + 1)) return void missing(part);
  const continues = (cursor: Cursor) => cursor.continues(repetition + 1);
  do readOne();
  while (agreed(part, continues));
}

const isThere = (part: Pick<Part, 'cursors'>, definition: number): boolean =>
  agreed(part, (cursor) => cursor.definition(definition) >= definition);

function agreed({ cursors }: Pick<Part, 'cursors'>, holds: (cursor: Cursor) => boolean): boolean {
  const first = holds(cursors[0]!);
  for (let at = 1; at < cursors.length; at += 1) assertWhole(holds(cursors[at]!) === first, APART);
  return first;
}

function missing({ cursors }: Pick<Part, 'cursors'>): null {
  for (const cursor of cursors) cursor.at += 1;
  return null;
}
