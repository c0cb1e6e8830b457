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
  const cast = period.kind === 'version' ? 'CAST(x AS BIGINT)' : 'epoch_ms(CAST(x AS TIMESTAMPTZ))';
  const reader = await connection.runAndReadAll(`SELECT ${cast} FROM (SELECT (${origin.rewritten}\n) AS x)`);
  const wanted = Number(reader.getRows()[0]?.[0]);
  if (period.kind === 'version') {
    const found = snapshots.find((snapshot) => snapshot['snapshot-id'] === wanted);
    if (found) return found;
    throw new QueryError('INVALID_ARGUMENTS', `Iceberg snapshot ID does not exists: ${wanted}`);
  }
  const found = snapshots.findLast((snapshot) => snapshot['timestamp-ms'] <= wanted);
  if (found) return found;
  const moment = new Date(wanted).toISOString();
  const name = `"${table.database}"."${table.name}"`;
  throw new QueryError('INVALID_ARGUMENTS', `No version history table ${name} at or before ${moment}`);
}

interface Travel {
  table: Table;
  period: Period;
  connection: DuckDBConnection;
  source: Source;
}
