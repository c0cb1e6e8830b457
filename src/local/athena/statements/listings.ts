/** SHOW and DESCRIBE: text output about the catalog. */
import { matcher } from '../../glue/tables.js';
import { QueryError } from '../language/errors.js';
import { tableNamed, type Job, type Outcome } from './job.js';
import { resultTypeOf } from '../language/types.js';

/** A statement that answers in lines of text; its columns are named, with spaces between. */
const listing =
  (columns: string, linesOf: (job: Job) => string[]) =>
  (job: Job): Outcome => ({
    columns: columns
      .split(' ')
      .map((name) => ({ name, type: { ...resultTypeOf('VARCHAR'), name: 'string', precision: 0 } })),
    lines: linesOf(job),
    scanned: 0,
  });

/** Hive pads cells. */
const padded = (cell: string) => cell.padEnd(20);

export const LISTINGS = {
  SHOW_DATABASES: listing('database_name', ({ engine, region, statement }) =>
    engine.core.tables.databases(region).filter(matcher(statement.pattern)),
  ),
  SHOW_TABLES: listing('tab_name', ({ engine, region, database, statement }) => {
    const tables = engine.core.tables.list(region, statement.database ?? database);
    return tables.map(({ name }) => name).filter(matcher(statement.pattern));
  }),
  SHOW_COLUMNS: listing('field', (job) => tableNamed(job).columns.map(({ name }) => padded(name))),
  DESCRIBE_TABLE: listing('col_name data_type comment', (job) =>
    tableNamed(job).columns.map(({ name, type }) => [name, type, ''].map(padded).join('\t')),
  ),
  SHOW_TBLPROPERTIES: listing('prpt_name prpt_value', (job) =>
    Object.entries(tableNamed(job).properties).map((pair) => pair.join('\t')),
  ),
  /** No table here has partitions in the catalog. */
  SHOW_PARTITIONS(job: Job): Outcome {
    throw new QueryError('FAILED', `SemanticException Table ${tableNamed(job).name} is not a partitioned table`);
  },
};
