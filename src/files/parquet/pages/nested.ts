/** Lists, maps and structs: some rows at a time from the leaves that they lie in, since the whole is many times larger. */
import type { DecodedArray, ParquetParsers, SchemaTree } from 'hyparquet';
import { assembleLists, assembleNested } from 'hyparquet/src/assemble.js';
import { getMaxDefinitionLevel } from 'hyparquet/src/schema.js';
import { assertWhole } from '../parquet-damage.js';
import type { LeafValues } from './leaf.js';

export interface NestedColumn {
  node: SchemaTree;
  parsers: ParquetParsers;
  leaves: { path: SchemaTree[]; read: LeafValues }[];
}

/** Returns what gives the next rows, in order. */
export function openNested({ node, parsers, leaves }: NestedColumn): (rows: number) => DecodedArray {
  const open = leaves.map(({ path, read }) => ({ name: path.at(-1)!.path.join('.'), next: openLists(path, read) }));
  const assemble = (rows: number): DecodedArray => {
    const values = new Map(open.map(({ name, next }): [string, DecodedArray] => [name, next(rows)]));
    if (node.children.length > 0) assembleNested(values, node, parsers);
    const assembled = values.get(node.path.join('.'));
    assertWhole(assembled?.length === rows, 'its parts do not fit together');
    return assembled;
  };
  const most = Math.max(1, Math.floor(CELLS_AT_ONCE / leaves.length));
  return (rows) => {
    const values: unknown[] = [];
    for (let left = rows; left > 0; left -= most) {
      for (const value of assemble(Math.min(left, most))) values.push(value);
    }
    return values;
  };
}

/** On the way to its value, each takes an array for every level. */
const CELLS_AT_ONCE = 5000;

/** The library takes levels for arrays of numbers, which is what it reads by itself. */
type Levels = number[] | undefined;

function openLists(path: SchemaTree[], { values, definition, repetition }: LeafValues): (rows: number) => DecodedArray {
  const present = getMaxDefinitionLevel(path);
  let [level, value] = [0, 0];
  return (rows) => {
    const [firstLevel, firstValue] = [level, value];
    if (repetition) {
      for (let begun = 0; level < repetition.length; level += 1) {
        if (repetition[level] === 0 && (begun += 1) > rows) break;
      }
    } else level += rows;
    if (definition) for (let at = firstLevel; at < level; at += 1) value += definition[at] === present ? 1 : 0;
    else value += level - firstLevel;
    const levels = [definition, repetition].map((all) => all?.subarray(firstLevel, level)) as unknown as Levels[];
    return assembleLists([], levels[0], levels[1] ?? [], values.slice(firstValue, value), path);
  };
}
