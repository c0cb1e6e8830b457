/** Virtual tables: `"t$snapshots"` and other Iceberg metadata, and information_schema. */
import { literal } from '../../store/duckdb.js';
import { uriOf } from '../../store/s3-uri.js';
import { filesAt, readMetadata, rootOf, type IcebergCore, type Metadata, type Snapshot } from '../../glue/iceberg.js';
import type { Table, Tables } from '../../glue/tables.js';
import { trinoTypeOf } from '../language/types.js';

type Core = Pick<IcebergCore, 'objects' | 'now'>;
/** Columns with types, and values as SQL. */
interface Made {
  columns: string;
  rows: (string | number)[][];
}

/** The metadata tables in a query, each with its suffix and SQL. */
export function metadataTables(core: Core, table: Table, names: ReadonlySet<string>): [string, string][] {
  const wanted = Object.entries(METADATA_TABLES).filter(([suffix]) => names.has(table.name + suffix));
  if (wanted.length === 0) return [];
  const metadata = readMetadata(core, table);
  return wanted.map(([suffix, make]) => [suffix, queryOf(make({ core, table, metadata }))]);
}

/** The tables of `information_schema`, each with its name and SQL. */
export function informationSchema(tables: Tables, region: string): [string, string][] {
  const databases = tables.databases(region);
  const all = databases.flatMap((database) => tables.list(region, database));
  const nameOf = ({ database, name }: Table) => ['awsdatacatalog', database, name].map(literal);
  const columns = all.flatMap((table) =>
    table.columns.map(({ name, type }, i) => {
      const trinoType = literal(trinoTypeOf(type, table.format));
      return [...nameOf(table), literal(name), i + 1, 'NULL', "'YES'", trinoType];
    }),
  );
  const made: Record<string, Made> = {
    schemata: {
      columns: 'catalog_name VARCHAR, schema_name VARCHAR',
      rows: [...databases, 'information_schema'].map((database) => ["'awsdatacatalog'", literal(database)]),
    },
    tables: {
      columns: 'table_catalog VARCHAR, table_schema VARCHAR, table_name VARCHAR, table_type VARCHAR',
      rows: all.map((table) => [...nameOf(table), "'BASE TABLE'"]),
    },
    columns: {
      columns: `table_catalog VARCHAR, table_schema VARCHAR, table_name VARCHAR, column_name VARCHAR, ordinal_position BIGINT,
        column_default VARCHAR, is_nullable VARCHAR, data_type VARCHAR`,
      rows: columns,
    },
  };
  return Object.entries(made).map(([name, table]) => [name, queryOf(table)]);
}

function queryOf({ columns, rows }: Made): string {
  const nothing = columns
    .split(/,\s+(?!VARCHAR\))/)
    .map((column) => column.replace(/(\w+) (.*)/, 'CAST(NULL AS $2) AS $1'));
  const values = rows.map((row) => `UNION ALL SELECT ${row.join(', ')}`);
  return `SELECT ${nothing.join(', ')} WHERE false ${values.join(' ')}`;
}

interface Source {
  core: Core;
  table: Table;
  metadata: Metadata;
}

/** The first columns of `$snapshots` and `$history`, the first with a different name. */
const SNAPSHOT = 'TIMESTAMPTZ, snapshot_id BIGINT, parent_id BIGINT';
const snapshotOf = (snapshot: Snapshot) => [
  `(make_timestamp(${snapshot['timestamp-ms'] * 1000}) AT TIME ZONE 'UTC')`,
  snapshot['snapshot-id'],
  snapshot['parent-snapshot-id'] ?? 'NULL',
];

/** Columns of [Trino's](https://trino.io/docs/435/connector/iceberg.html#metadata-tables). */
const METADATA_TABLES: Record<string, (source: Source) => Made> = {
  $snapshots: ({ metadata }) => ({
    columns: `committed_at ${SNAPSHOT}, operation VARCHAR, manifest_list VARCHAR, summary MAP(VARCHAR, VARCHAR)`,
    rows: metadata.snapshots.map((each) => {
      const { operation, ...summary } = each.summary;
      const pairs = Object.entries(summary).map((pair) => pair.map(literal).join(': '));
      return [...snapshotOf(each), literal(operation), literal(each['manifest-list']), `MAP {${pairs.join(', ')}}`];
    }),
  }),
  $history: ({ metadata }) => ({
    columns: `made_current_at ${SNAPSHOT}, is_current_ancestor BOOLEAN`,
    rows: metadata.snapshots.map((each) => [...snapshotOf(each), 'true']),
  }),
  $files: ({ core, table, metadata }) => ({
    columns: 'content INTEGER, file_path VARCHAR, file_format VARCHAR, record_count BIGINT, file_size_in_bytes BIGINT',
    rows: filesAt(core, { table, metadata }).map((file) => {
      const uri = literal(uriOf({ ...rootOf(table), key: file.key }));
      return [file.deletesFrom === undefined ? 0 : 1, uri, "'PARQUET'", file.rows, file.size];
    }),
  }),
};
