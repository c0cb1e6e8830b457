/** Resolves `t FOR TIMESTAMP AS OF …` and `t FOR VERSION AS OF …` to a snapshot of an Iceberg table. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { readMetadata, type Snapshot } from '../../glue/iceberg.js';
import type { Table } from '../../glue/tables.js';
import { QueryError } from '../language/errors.js';
import type { Engine } from './engine.js';
import type { Period } from './periods.js';
import type { Source } from './rewrite.js';

/** The snapshot of a timestamp or id. Throws QueryError INVALID_ARGUMENTS if there is none. */
export async function snapshotOf(engine: Engine, { table, period, connection, source }: Travel): Promise<Snapshot> {
  const { snapshots } = readMetadata(engine.core, table);
  const origin = await engine.rewrite({ ...source, tokens: period.value });
  const byId = period.kind === 'version';
  const cast = byId ? 'CAST(x AS BIGINT)' : 'epoch_ms(CAST(x AS TIMESTAMPTZ))';
  const reader = await connection.runAndReadAll(`SELECT ${cast} FROM (SELECT (${origin.rewritten}\n) AS x)`);
  const wanted = Number(reader.getRows()[0]?.[0]);
  const fits = (snapshot: Snapshot) => (byId ? snapshot['snapshot-id'] === wanted : snapshot['timestamp-ms'] <= wanted);
  const found = snapshots.findLast(fits);
  if (found) return found;
  const name = `"${table.database}"."${table.name}"`;
  const words = byId
    ? `Iceberg snapshot ID does not exists: ${wanted}`
    : `No version history table ${name} at or before ${new Date(wanted).toISOString()}`;
  throw new QueryError('INVALID_ARGUMENTS', words);
}

interface Travel {
  table: Table;
  period: Period;
  connection: DuckDBConnection;
  source: Source;
}
