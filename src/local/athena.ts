/** Athena: query executions, their states and results; the SQL itself runs in DuckDB over the Parquet objects. */
export interface Queries {
  /** Waits for running queries to end; called when the store is closed. */
  close(): Promise<void>;
}
