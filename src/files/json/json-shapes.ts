/** JSON that holds its records elsewhere than at the top, or in another form: known by its shape, and named. Pure. */
import { cellOf, isRow, setCell, type Cell, type Row } from '../../utils/json.js';

/**
 * What is wrong with the shape of a file whose only object is this one, and what to do; undefined for a record.
 * @param isColumn whether a key may be that of a record
 */
export function wrongShape(row: Row, isColumn: (key: string) => boolean = () => false): string | undefined {
  const keys = Object.keys(row);
  const values = Object.values(row);
  const has = (...names: string[]) => names.every((name) => keys.includes(name));
  if (has('columns', 'data')) return ofFrame('split');
  if (has('schema', 'data')) return ofFrame('table');
  const inside = keys.find((key) => isArrayOfRows(row[key]!) && !isColumn(key));
  if (inside !== undefined)
    return `is one object with the records inside its key ${inside}: take them out first, such as with jq -c '.${inside}[]'`;
  if (keys.length > 0 && values.every(isRow)) return ofFrame(keys.some(isColumn) ? 'columns' : 'index');
  return undefined;
}

/** The end of a sentence that begins with the name of the file. */
export const ofFrame = (orient: string) =>
  `is a data frame written with orient="${orient}", which is not one object for each record: write it with orient="records", lines=True`;

const isArrayOfRows = (value: Cell) => Array.isArray(value) && value.length > 0 && value.every(isRow);

/**
 * A record as AWS prints it, `[{"FeatureName":…,"ValueAsString":…}]` or `{"Record":[…]}` with what stands beside it, as a row;
 * undefined for anything else.
 */
export function awsRecord(value: Cell): Row | undefined {
  const values = isRow(value) ? cellOf(value, 'Record') : value;
  if (!Array.isArray(values) || values.length === 0 || !values.every(isFeatureValue)) return undefined;
  const row: Row = {};
  for (const each of values) setCell(row, each.FeatureName as string, each.ValueAsString ?? each.ValueAsStringList!);
  return row;
}

/** `{"FeatureName":…,"ValueAsString":…}`, or with a list. */
export function isFeatureValue(value: Cell): value is Row {
  if (!isRow(value) || typeof cellOf(value, 'FeatureName') !== 'string') return false;
  const others = Object.keys(value).filter((key) => key !== 'FeatureName');
  return others.length === 1 && (others[0] === 'ValueAsString' || others[0] === 'ValueAsStringList');
}
