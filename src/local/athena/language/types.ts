/** Type names in Hive, Trino and DuckDB. */
import { QueryError } from './errors.js';

/** A result column as in `ResultSetMetadata`, and the SQL that formats its values like Athena. */
export interface ResultType {
  /** Athena's base name, e.g. `timestamp`. */
  name: string;
  precision: number;
  scale: number;
  /** An SQL expression of type VARCHAR over the column. */
  text: (column: string) => string;
}

const TIMESTAMP = `strftime($, '%Y-%m-%d %H:%M:%S.%g')`;
/** By the type in DuckDB: name, precision, and the text of a value `$`. */
const RESULT_TYPES: [RegExp, name: string, precision: number, text?: string][] = [
  [/^BOOLEAN$/, 'boolean', 0],
  [/^TINYINT$/, 'tinyint', 3],
  [/^SMALLINT$/, 'smallint', 5],
  [/^INTEGER$/, 'integer', 10],
  [/^(?:BIGINT|HUGEINT|U\w+)$/, 'bigint', 19],
  [/^DOUBLE$/, 'double', 17, 'trino_text_of_double($)'],
  [/^FLOAT$/, 'float', 17, 'trino_text_of_double(CAST(CAST($ AS VARCHAR) AS DOUBLE))'],
  [/^TIMESTAMP WITH TIME ZONE$/, 'timestamp with time zone', 3, `${TIMESTAMP} || ' UTC'`],
  [/^TIMESTAMP/, 'timestamp', 3, TIMESTAMP],
  [/^DECIMAL/, 'decimal', 0],
  [/^DATE$/, 'date', 0],
  [/^TIME/, 'time', 3, `strftime(DATE '2000-01-01' + $, '%H:%M:%S.%g')`],
  [/^INTERVAL$/, 'interval day to second', 0],
  [/^BLOB$/, 'varbinary', 0, `rtrim(regexp_replace(lower(hex($)), '(..)', '\\1 ', 'g'))`],
  [/^JSON$/, 'json', 0],
  [/./, 'varchar', 2147483647],
];
const NESTED: [RegExp, name: string, text: (column: string, inner: string) => string][] = [
  [/^([\s\S]*)\[\d*\]$/, 'array', listText],
  [/^MAP\(([\s\S]*)\)$/, 'map', mapText],
  [/^STRUCT\(([\s\S]*)\)$/, 'row', rowText],
];

/** The result type for a DuckDB type. */
export function resultTypeOf(duckType: string): ResultType {
  for (const [pattern, name, text] of NESTED) {
    const inner = pattern.exec(duckType)?.[1];
    if (inner !== undefined) return { name, precision: 0, scale: 0, text: (column) => text(column, inner) };
  }
  const [, name, precision, text = 'CAST($ AS VARCHAR)'] = RESULT_TYPES.find(([pattern]) => pattern.test(duckType))!;
  const [width = precision, scale = 0] = /^DECIMAL/.test(duckType) ? duckType.match(/\d+/g)!.map(Number) : [];
  return { name, precision: width, scale, text: (column) => text.replaceAll('$', () => column) };
}

/** Inside arrays, maps and rows, NULL is printed as the word, and strings have no quotes. */
const inside = (value: string, type: string) => `coalesce(${resultTypeOf(type.trim()).text(value)}, 'null')`;

/** Name of a lambda variable; nested lambdas need different ones. */
const element = (column: string) => `e${Number(/\be(\d+)/.exec(column)?.[1] ?? 0) + 1}`;

function listText(column: string, type: string): string {
  const each = element(column);
  return `'[' || array_to_string(list_transform(${column}, lambda ${each}: ${inside(each, type)}), ', ') || ']'`;
}

function mapText(column: string, types: string): string {
  const each = element(column);
  const [key = '', value = ''] = topLevel(types);
  const pair = `${inside(`${each}.key`, key)} || '=' || ${inside(`${each}.value`, value)}`;
  return `'{' || array_to_string(list_transform(map_entries(${column}), lambda ${each}: ${pair}), ', ') || '}'`;
}

function rowText(column: string, fields: string): string {
  const texts = topLevel(fields).map((field, i) => {
    const [, name = '', type = field] = /^\s*"((?:[^"]|"")*)" ([\s\S]*)$/.exec(field) ?? [];
    const value = inside(`struct_extract_at(${column}, ${i + 1})`, type);
    return `'${(name || `field${i}`).replaceAll("'", "''")}=' || ${value}`;
  });
  return `CASE WHEN ${column} IS NOT NULL THEN '{' || ${texts.join(" || ', ' || ")} || '}' END`;
}

const DUCK_TYPES: Record<string, string> = {
  string: 'VARCHAR',
  char: 'VARCHAR',
  binary: 'BLOB',
  varbinary: 'BLOB',
  int: 'INTEGER',
  integer: 'INTEGER',
  real: 'FLOAT',
  'double precision': 'DOUBLE',
  timestamp: 'TIMESTAMP',
  'timestamp with time zone': 'TIMESTAMPTZ',
};

const PLAIN_TYPE =
  /^(?:BIGINT|BLOB|BOOLEAN|DATE|DECIMAL(?: ?\( ?\d+ ?(?:, ?\d+ ?)?\))?|DOUBLE|FLOAT|INTEGER|INTERVAL|SMALLINT|TIME|TIMESTAMP|TIMESTAMPTZ|TINYINT|UUID|VARCHAR|JSON)$/;

/** A Hive or Trino type → DuckDB's: `array<string>`, `array(varchar)`, `map<…>`, `struct<…>`, `row(…)`, `varchar(10)`. Throws QueryError for any other. */
export function duckTypeOf(type: string): string {
  const written = type.trim().toLowerCase();
  const [, outer = '', inner = ''] = /^(array|map|struct|row)\s*[<(]([\s\S]*)[>)]$/.exec(written) ?? [];
  if (outer === 'array') return `${duckTypeOf(inner)}[]`;
  if (outer === 'map') return `MAP(${topLevel(inner).map(duckTypeOf).join(', ')})`;
  if (outer) {
    const fields = topLevel(inner).map((field) => /^"?([\w$]+)"?\s*[:\s]\s*([\s\S]+)$/.exec(field.trim()));
    return `STRUCT(${fields.map((field) => `"${field?.[1]}" ${duckTypeOf(field?.[2] ?? 'string')}`).join(', ')})`;
  }
  const bare = written.replace(/^(timestamp|time|varchar|char)\s*\(\s*\d+\s*\)/, '$1').replace(/\s+/g, ' ');
  const known = DUCK_TYPES[bare] ?? bare.toUpperCase();
  if (!PLAIN_TYPE.test(known)) throw new QueryError('TYPE_NOT_FOUND', `Unknown type: ${type.trim()}`);
  return known;
}

/** The Trino name of a Hive type. */
export const trinoTypeOf = (type: string, format: 'Glue' | 'Iceberg'): string =>
  type
    .replaceAll('<', '(')
    .replaceAll('>', ')')
    .replaceAll(':', ' ')
    .replaceAll(',', ', ')
    .replace(/\b(?:string|int|float|binary|struct|timestamp)\b/g, (word) => TRINO_TYPES[word] ?? word)
    .replace(/\btimestamp\b/g, format === 'Iceberg' ? 'timestamp(6)' : 'timestamp(3)');

const TRINO_TYPES: Record<string, string> = {
  string: 'varchar',
  int: 'integer',
  float: 'real',
  binary: 'varbinary',
  struct: 'row',
};

function topLevel(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= list.length; i++) {
    if (i === list.length || (list[i] === ',' && depth === 0)) {
      parts.push(list.slice(start, i));
      start = i + 1;
    } else if ('<('.includes(list[i]!)) depth++;
    else if ('>)'.includes(list[i]!)) depth--;
  }
  return parts;
}
