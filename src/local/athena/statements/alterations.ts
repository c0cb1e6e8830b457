/** Statements that only change the catalog. */
import { QueryError } from '../language/errors.js';
import { tableNamed, type Job, type Outcome } from './job.js';
import type { Statement } from '../language/statement.js';

type Alteration = Extract<Statement, { kind: 'setProperties' | 'dropTable' | 'createDatabase' }>;

export async function alter(job: Job, statement: Alteration): Promise<Outcome> {
  const { core } = job.engine;
  const { tables } = core;
  const done: Outcome = { columns: [], lines: [], scanned: 0 };
  if (statement.kind === 'createDatabase') {
    const exists = tables.databases(job.region).includes(statement.name);
    if (exists && !statement.ifNotExists) throw failed(`[Error 10245]: Database ${statement.name} already exists`);
    if (!exists) await tables.createDatabase(job.region, statement.name);
    return done;
  }
  const { database = job.database, name } = statement.table;
  if (statement.kind === 'dropTable') {
    const dropped = await tables.delete(job.region, database, name);
    if (!dropped && !statement.ifExists) throw failed(`[Error 10001]: Table not found ${name}`);
    return done;
  }
  // Read inside the transaction: a flush may have added a snapshot to an Iceberg table meanwhile.
  await core.env.transaction(() => {
    const table = tableNamed(job, statement.table);
    tables.replace({ ...table, properties: { ...table.properties, ...statement.properties } });
  });
  return done;
}

const failed = (words: string) => new QueryError('FAILED', `SemanticException ${words}`);
