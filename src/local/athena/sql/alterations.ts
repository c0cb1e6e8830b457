/** The statements that change the catalog alone. */
import { QueryError } from './errors.js';
import { tableNamed, type Job, type Outcome } from './run.js';
import type { Statement } from './statement.js';

type Alteration = Extract<Statement, { kind: 'setProperties' | 'addColumns' | 'dropTable' | 'createDatabase' }>;

export async function alter(job: Job, statement: Alteration): Promise<Outcome> {
  const { tables } = job.engine.core;
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
  const table = tableNamed(job, statement.table);
  if (statement.kind === 'setProperties') {
    const given = Object.fromEntries(Object.entries(statement.properties).map(([key, value]) => [key, String(value)]));
    await tables.update({ ...table, properties: { ...table.properties, ...given } });
    return done;
  }
  const taken = statement.columns.find((column) => table.columns.some((present) => present.name === column.name));
  if (taken) throw failed(`[Error 10036]: Duplicate column name: ${taken.name}`);
  await tables.update({ ...table, columns: [...table.columns, ...statement.columns] });
  return done;
}

const failed = (words: string) => new QueryError('FAILED', `SemanticException ${words}`);
