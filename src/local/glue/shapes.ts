/** A table of the catalog as Glue's API shows it, and back. */
import { missingDatabase, type Table } from './tables.js';
import { list, map, required, string, structure, type ValueOf } from '../wire/rules.js';
import type { Store } from '../store/store.js';

/** Of a database, a table or a column. */
export const name = required(string({ minLength: 1, maxLength: 255 }));
export const tableInput = structure({
  Name: name,
  StorageDescriptor: structure({ Columns: list(structure({ Name: name, Type: string() })), Location: string() }),
  Parameters: map(string()),
});

const PARQUET = {
  InputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
  OutputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
  SerdeInfo: {
    SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
    Parameters: { 'serialization.format': '1' },
  },
};

/** Glue's `Table` shape. */
export function describeTable(table: Table, accountId: string): object {
  const iceberg = table.format === 'Iceberg';
  return {
    Name: table.name,
    DatabaseName: table.database,
    CatalogId: accountId,
    VersionId: String(table.version ?? 0),
    CreateTime: table.createdAt / 1000,
    UpdateTime: table.createdAt / 1000,
    Retention: 0,
    TableType: 'EXTERNAL_TABLE',
    PartitionKeys: [],
    Parameters: { ...(iceberg ? { table_type: 'ICEBERG' } : { EXTERNAL: 'TRUE' }), ...table.properties },
    StorageDescriptor: {
      Columns: table.columns.map((column) => ({ Name: column.name, Type: column.type })),
      Location: table.location,
      Compressed: false,
      NumberOfBuckets: 0,
      StoredAsSubDirectories: false,
      ...(iceberg ? {} : PARQUET),
    },
    IsRegisteredWithLakeFormation: false,
  };
}

export function tableFromInput(
  input: ValueOf<typeof tableInput>,
  at: { region: string; database: string; now: number },
): Table {
  const { Columns = [], Location = '' } = input.StorageDescriptor ?? {};
  return {
    region: at.region,
    database: at.database,
    name: input.Name,
    location: Location.replace(/\/+$/, ''),
    format: input.Parameters?.table_type?.toUpperCase() === 'ICEBERG' ? 'Iceberg' : 'Glue',
    columns: Columns.map(({ Name, Type = 'string' }) => ({ name: Name, type: Type })),
    createdAt: at.now,
    properties: input.Parameters ?? {},
  };
}

/** Throws EntityNotFoundException when the catalog has no such database. */
export function requireDatabase(store: Store, region: string, database: string): void {
  if (!store.tables.databases(region).includes(database.toLowerCase())) throw missingDatabase(database);
}
