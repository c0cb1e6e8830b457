/** Statements that only change the catalog. */
import { QueryError } from '../language/errors.js';
import { tableNamed, type Job, type Outcome } from './job.js';

export const DONE: Outcome = { columns: [], lines: [], scanned: 0 };

export const ALTERATIONS = {
  async CREATE_DATABASE({ engine, region, statement: { database = '', lenient } }: Job): Promise<Outcome> {
    const { tables } = engine.core;
    const exists = tables.databases(region).includes(database);
    if (exists && !lenient) throw failed(`[Error 10245]: Database ${database} already exists`);
    if (!exists) await tables.createDatabase(region, database);
    return DONE;
  },
  async DROP_TABLE({ engine, region, database: home, statement: { table, lenient } }: Job): Promise<Outcome> {
    const dropped = await engine.core.tables.delete(region, table.database ?? home, table.name);
    if (!dropped && !lenient) throw failed(`[Error 10001]: Table not found ${table.name}`);
    return DONE;
  },
  async ALTER_TABLE_SET_TBLPROPERTIES(job: Job): Promise<Outcome> {
    const { env, tables } = job.engine.core;
    // Read inside the transaction: a flush may have added a snapshot to an Iceberg table meanwhile.
    await env.transaction(() => {
      const table = tableNamed(job);
      tables.replace({ ...table, properties: { ...table.properties, ...job.statement.properties } });
    });
    return DONE;
  },
  /** No table here has partitions in the catalog. */
  MSCK_REPAIR_TABLE(job: Job): Outcome {
    tableNamed(job);
    return DONE;
  },
};

const failed = (words: string) => new QueryError('FAILED', `SemanticException ${words}`);
