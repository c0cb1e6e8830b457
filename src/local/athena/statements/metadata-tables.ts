/** `"t$snapshots"`, `"t$history"` and `"t$files"`: what Iceberg knows of a table, as Trino shows it. */
import { literal } from '../../store/duckdb.js';
import { uriOf } from '../../store/s3-uri.js';
import { filesAt, readMetadata, rootOf, type IcebergCore, type Metadata } from '../../glue/iceberg.js';
import type { Table } from '../../glue/tables.js';
import type { Token } from '../language/tokens.js';

type Core = Pick<IcebergCore, 'objects' | 'now'>;

/** The metadata tables that the tokens name, each as its suffix and a query. */
export function metadataTables(core: Core, table: Table, tokens: Token[]): [string, string][] {
  const wanted = Object.entries(TABLES).filter(([suffix]) =>
    tokens.some(({ name }) => name.toLowerCase() === table.name + suffix),
  );
  if (wanted.length === 0) return [];
  const metadata = readMetadata(core, table);
  return wanted.map(([suffix, { columns, rows }]) => {
    const nothing = columns.map(([name, type]) => `CAST(NULL AS ${type}) AS ${name}`).join(', ');
    const values = rows({ core, table, metadata }).map((row) => `UNION ALL SELECT ${row.join(', ')}`);
    return [suffix, `SELECT ${nothing} WHERE false ${values.join(' ')}`];
  });
}

interface Source {
  core: Core;
  table: Table;
  metadata: Metadata;
}

const moment = (milliseconds: number) => `(make_timestamp(${milliseconds * 1000}) AT TIME ZONE 'UTC')`;
const NOTHING = 'NULL';

/** Columns of [Trino's](https://trino.io/docs/435/connector/iceberg.html#metadata-tables). */
const TABLES: Record<string, { columns: [string, string][]; rows: (source: Source) => (string | number)[][] }> = {
  $snapshots: {
    columns: [
      ['committed_at', 'TIMESTAMPTZ'],
      ['snapshot_id', 'BIGINT'],
      ['parent_id', 'BIGINT'],
      ['operation', 'VARCHAR'],
      ['manifest_list', 'VARCHAR'],
      ['summary', 'MAP(VARCHAR, VARCHAR)'],
    ],
    rows: ({ metadata }) =>
      metadata.snapshots.map((each) => [
        moment(each['timestamp-ms']),
        each['snapshot-id'],
        each['parent-snapshot-id'] ?? NOTHING,
        literal(each.summary.operation),
        literal(String(each['manifest-list'])),
        `MAP {${Object.entries(each.summary)
          .flatMap(([key, value]) => (key === 'operation' ? [] : `${literal(key)}: ${literal(String(value))}`))
          .join(', ')}}`,
      ]),
  },
  $history: {
    columns: [
      ['made_current_at', 'TIMESTAMPTZ'],
      ['snapshot_id', 'BIGINT'],
      ['parent_id', 'BIGINT'],
      ['is_current_ancestor', 'BOOLEAN'],
    ],
    rows: ({ metadata }) =>
      metadata.snapshots.map((each) => [
        moment(each['timestamp-ms']),
        each['snapshot-id'],
        each['parent-snapshot-id'] ?? NOTHING,
        'true',
      ]),
  },
  $files: {
    columns: [
      ['content', 'INTEGER'],
      ['file_path', 'VARCHAR'],
      ['file_format', 'VARCHAR'],
      ['record_count', 'BIGINT'],
      ['file_size_in_bytes', 'BIGINT'],
    ],
    rows: ({ core, table, metadata }) =>
      filesAt(core, { table, metadata }).map((file) => [
        file.deletesFrom === undefined ? 0 : 1,
        literal(uriOf({ ...rootOf(table), key: file.key })),
        literal('PARQUET'),
        file.rows,
        file.size,
      ]),
  },
};
