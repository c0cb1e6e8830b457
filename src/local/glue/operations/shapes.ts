/** A table of the catalog as Glue's API shows it, and back. */
import { missingDatabase, type Column, type Table } from '../tables.js';
import type { Store } from '../../store/store.js';

interface TableInput {
  Name: string;
  StorageDescriptor?: { Columns?: { Name: string; Type?: string }[]; Location?: string };
  Parameters?: Record<string, string>;
}

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

export function tableFromInput(input: TableInput, at: { region: string; database: string; now: number }): Table {
  const columns = (input.StorageDescriptor?.Columns ?? []).map((column): Column => ({
    name: column.Name,
    type: column.Type ?? 'string',
  }));
  return {
    region: at.region,
    database: at.database,
    name: input.Name,
    location: (input.StorageDescriptor?.Location ?? '').replace(/\/+$/, ''),
    format: input.Parameters?.table_type?.toUpperCase() === 'ICEBERG' ? 'Iceberg' : 'Glue',
    columns,
    createdAt: at.now,
    properties: input.Parameters ?? {},
  };
}

/** Throws EntityNotFoundException when the catalog has no such database. */
export function requireDatabase(store: Store, region: string, database: string): void {
  if (!store.tables.databases(region).includes(database.toLowerCase())) throw missingDatabase(database);
}
