/** The Glue Data Catalog in small: databases, and the tables over the offline stores. */
import type { TableFormat } from './groups.js';

export interface Column {
  /** Lower-case, as Glue keeps it. */
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
}

export interface Tables {
  /** Throws AlreadyExistsException. Makes the database when it is missing. Lower-cases the names. */
  create(table: Table): Promise<void>;
  get(region: string, database: string, name: string): Table | undefined;
  list(region: string, database: string): Table[];
  databases(region: string): string[];
  update(table: Table): Promise<void>;
  delete(region: string, database: string, name: string): Promise<boolean>;
}
