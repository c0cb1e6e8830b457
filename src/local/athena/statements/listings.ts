/** SHOW and DESCRIBE: text output about the catalog. */
import { matcher } from '../../glue/tables.js';
import { QueryError } from '../language/errors.js';
import { tableNamed, type Job, type Outcome } from './job.js';
import { resultTypeOf } from '../language/types.js';

export const LISTINGS = {
  SHOW_DATABASES: ({ engine, region, statement }: Job) =>
    text(['database_name'], engine.core.tables.databases(region).filter(matcher(statement.pattern))),
  SHOW_TABLES({ engine, region, database, statement }: Job) {
    const tables = engine.core.tables.list(region, statement.database ?? database);
    return text(['tab_name'], tables.map(({ name }) => name).filter(matcher(statement.pattern)));
  },
  SHOW_COLUMNS: (job: Job) =>
    text(
      ['field'],
      tableNamed(job).columns.map(({ name }) => padded(name)),
    ),
  DESCRIBE_TABLE: (job: Job) =>
    text(
      ['col_name', 'data_type', 'comment'],
      tableNamed(job).columns.map(({ name, type }) => [name, type, ''].map(padded).join('\t')),
    ),
  /** No table here has partitions in the catalog. */
  SHOW_PARTITIONS(job: Job): Outcome {
    throw new QueryError('FAILED', `SemanticException Table ${tableNamed(job).name} is not a partitioned table`);
  },
  SHOW_TBLPROPERTIES: (job: Job) =>
    text(
      ['prpt_name', 'prpt_value'],
      Object.entries(tableNamed(job).properties).map((pair) => pair.join('\t')),
    ),
};

/** Hive pads cells. */
const padded = (cell: string) => cell.padEnd(20);

const text = (columns: string[], lines: string[]): Outcome => ({
  columns: columns.map((name) => ({ name, type: { ...resultTypeOf('VARCHAR'), name: 'string', precision: 0 } })),
  lines,
  scanned: 0,
});
