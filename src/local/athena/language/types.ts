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

const MAX_VARCHAR = 2147483647;
const plain = (column: string) => `CAST(${column} AS VARCHAR)`;
const ofType = (name: string, precision = 0, text = plain): ResultType => ({ name, precision, scale: 0, text });
const double = (column: string) => `trino_text_of_double(${column})`;
const timestamp = (column: string) => `strftime(${column}, '%Y-%m-%d %H:%M:%S.%g')`;

const RESULT_TYPES: [RegExp, (found: RegExpExecArray) => ResultType][] = [
  [/^([\s\S]*)\[\d*\]$/, ([, element]) => ofType('array', 0, (column) => listText(column, element ?? ''))],
  [/^BOOLEAN$/, () => ofType('boolean')],
  [/^TINYINT$/, () => ofType('tinyint', 3)],
  [/^SMALLINT$/, () => ofType('smallint', 5)],
  [/^INTEGER$/, () => ofType('integer', 10)],
  [/^(?:BIGINT|HUGEINT|U\w+)$/, () => ofType('bigint', 19)],
  [/^DOUBLE$/, () => ofType('double', 17, double)],
  [/^FLOAT$/, () => ofType('float', 17, (column) => double(`CAST(CAST(${column} AS VARCHAR) AS DOUBLE)`))],
  [
    /^DECIMAL\((\d+),\s*(\d+)\)$/,
    ([, precision, scale]) => ({ ...ofType('decimal', Number(precision)), scale: Number(scale) }),
  ],
  [
    /^TIMESTAMP WITH TIME ZONE$/,
    () => ofType('timestamp with time zone', 3, (column) => `${timestamp(column)} || ' UTC'`),
  ],
  [/^TIMESTAMP/, () => ofType('timestamp', 3, timestamp)],
  [/^DATE$/, () => ofType('date')],
  [/^TIME/, () => ofType('time', 3, (column) => `strftime(DATE '2000-01-01' + ${column}, '%H:%M:%S.%g')`)],
  [/^INTERVAL$/, () => ofType('interval day to second')],
  [
    /^BLOB$/,
    () => ofType('varbinary', 0, (column) => `rtrim(regexp_replace(lower(hex(${column})), '(..)', '\\1 ', 'g'))`),
  ],
  [/^MAP\(([\s\S]*)\)$/, ([, types]) => ofType('map', 0, (column) => mapText(column, types ?? ''))],
  [/^STRUCT\(([\s\S]*)\)$/, ([, fields]) => ofType('row', 0, (column) => rowText(column, fields ?? ''))],
  [/^JSON$/, () => ofType('json')],
];

/** The result type for a DuckDB type. */
export function resultTypeOf(duckType: string): ResultType {
  for (const [pattern, make] of RESULT_TYPES) {
    const found = pattern.exec(duckType);
    if (found) return make(found);
  }
  return ofType('varchar', MAX_VARCHAR);
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
