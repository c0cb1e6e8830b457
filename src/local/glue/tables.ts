/** The Glue Data Catalog in small: databases, and the tables over the offline stores. */
import type { RootDatabase } from 'lmdb';
import type { FeatureDefinition, FeatureType, TableFormat } from '../sagemaker/groups.js';
import { ServiceError } from '../wire/service-error.js';

export interface Column {
  /** Lower-case, as Glue keeps it; only Iceberg's own metadata keep the case. */
  name: string;
  /** Hive type: `bigint`, `double`, `string`, `timestamp`, `boolean`, … */
  type: string;
}

export interface Table {
  region: string;
  database: string;
  name: string;
  /** `s3://bucket/prefix`, without a slash at the end. */
  location: string;
  format: TableFormat;
  columns: Column[];
  createdAt: number;
  properties: Record<string, string>;
  /** Counted by the catalog, from 0. */
  version?: number;
}

export type Tables = ReturnType<typeof openTables>;

/** Opens the catalog; it is shared by every process that has the folder open. */
export function openTables(core: { env: RootDatabase }) {
  const db = core.env.openDB<Table | true, string[]>({ name: 'tables' });
  const key = (kind: 'database' | 'table', region: string, ...names: string[]) => [
    kind,
    region,
    ...names.map((n) => n.toLowerCase()),
  ];
  const keyOf = (table: Table) => key('table', table.region, table.database, table.name);
  const under = (prefix: string[]) => ({ start: prefix, end: [...prefix, '\uffff'] });

  return {
    /**
     * Makes the database when it is missing. Lower-cases the names. Synchronous, for use inside a write transaction.
     * Throws AlreadyExistsException.
     */
    insert(table: Table): void {
      if (db.doesExist(keyOf(table))) throw new ServiceError('AlreadyExistsException', 'Table already exists.');
      void db.put(key('database', table.region, table.database), true);
      void db.put(keyOf(table), lowerCased(table));
    },
    get: (region: string, database: string, name: string) =>
      db.get(key('table', region, database, name)) as Table | undefined,
    list: (region: string, database: string) => [
      ...db.getRange(under(key('table', region, database))).map(({ value }) => value as Table),
    ],
    databases: (region: string) => [...db.getKeys(under(key('database', region))).map((found) => found[2] ?? '')],
    /** Makes an empty database. Throws AlreadyExistsException. */
    createDatabase: (region: string, database: string) =>
      db.transaction(() => {
        const made = key('database', region, database);
        if (db.doesExist(made)) throw new ServiceError('AlreadyExistsException', 'Database already exists.');
        void db.put(made, true);
      }),
    /**
     * Replaces what `get` found, by default whatever it is now. Synchronous, for use inside a write transaction. Throws
     * EntityNotFoundException when the table is gone, ConcurrentModificationException when it has another version.
     */
    replace(table: Table, expected?: number): void {
      const held = db.get(keyOf(table)) as Table | undefined;
      if (!held) throw missingTable(table.name);
      const version = held.version ?? 0;
      if (version !== (expected ?? version)) {
        const words = 'Update table failed due to concurrent modifications.';
        throw new ServiceError('ConcurrentModificationException', words);
      }
      void db.put(keyOf(table), { ...lowerCased(table), version: version + 1 });
    },
    /** Takes the database and its tables out of the catalog. */
    deleteDatabase: (region: string, database: string) =>
      db.transaction(() => {
        for (const found of [...db.getKeys(under(key('table', region, database)))]) void db.remove(found);
        void db.remove(key('database', region, database));
      }),
    /** Takes the table out of the catalog, never its objects; false when there was none. */
    delete: (region: string, database: string, name: string) =>
      db.transaction(() => {
        const found = key('table', region, database, name);
        if (!db.doesExist(found)) return false;
        void db.remove(found);
        return true;
      }),
  };
}

const GLUE_TYPE: Record<FeatureType, string> = { Integral: 'bigint', Fractional: 'double', String: 'string' };

/** The columns of a feature group's table, as the group spells them: its features, then those that Feature Store adds. */
export const offlineColumns = (definitions: FeatureDefinition[]): Column[] => [
  ...definitions.map((feature) => ({ name: feature.FeatureName, type: GLUE_TYPE[feature.FeatureType] })),
  { name: 'write_time', type: 'timestamp' },
  { name: 'api_invocation_time', type: 'timestamp' },
  { name: 'is_deleted', type: 'boolean' },
];

/** Glue's answer for a table that is not in the catalog. */
export const missingTable = (name: string): ServiceError =>
  new ServiceError('EntityNotFoundException', `Entity Not Found: Table ${name} not found.`);

/** Glue's answer for a database that is not in the catalog. */
export const missingDatabase = (name: string): ServiceError =>
  new ServiceError('EntityNotFoundException', `Database ${name} not found.`);

/** What fits a pattern of Hive: `*` for anything, `|` for alternatives. */
export function matcher(pattern = '*'): (name: string) => boolean {
  const escaped = pattern.replace(/[\\^$+?.()[\]{}]/g, '\\$&').replaceAll('*', '.*');
  const expression = new RegExp(`^(?:${escaped})$`, 'i');
  return (name) => expression.test(name);
}

const lowerCased = (table: Table): Table => ({
  ...table,
  database: table.database.toLowerCase(),
  name: table.name.toLowerCase(),
  columns: table.columns.map((column) => ({ ...column, name: column.name.toLowerCase() })),
});
