/** SHOW and DESCRIBE: text output about the catalog. */
import { QueryError } from '../language/errors.js';
import { tableNamed, type Job, type Outcome } from './job.js';
import type { Statement } from '../language/statement.js';
import { resultTypeOf } from '../language/types.js';

type Listing = Extract<
  Statement,
  { kind: 'show' | 'describe' | 'showColumns' | 'showPartitions' | 'showProperties' | 'repair' }
>;

export function list(job: Job, statement: Listing): Outcome {
  if (statement.kind === 'show') {
    const { tables } = job.engine.core;
    const found =
      statement.what === 'databases'
        ? tables.databases(job.region)
        : tables.list(job.region, statement.database ?? job.database).map((table) => table.name);
    const column = statement.what === 'databases' ? 'database_name' : 'tab_name';
    return text([column], found.filter(matcher(statement.pattern)));
  }
  const table = tableNamed(job, statement.table);
  if (statement.kind === 'showColumns')
    return text(
      ['field'],
      table.columns.map(({ name }) => name.padEnd(WIDTH)),
    );
  // No table here has partitions in the catalog.
  if (statement.kind === 'repair') return { columns: [], lines: [], scanned: 0 };
  if (statement.kind === 'showPartitions')
    throw new QueryError('FAILED', `SemanticException Table ${table.name} is not a partitioned table`);
  if (statement.kind === 'showProperties') {
    return text(
      ['prpt_name', 'prpt_value'],
      Object.entries(table.properties).map((pair) => pair.join('\t')),
    );
  }
  const rows = table.columns.map(({ name, type }) =>
    [name.padEnd(WIDTH), type.padEnd(WIDTH), ''.padEnd(WIDTH)].join('\t'),
  );
  return text(['col_name', 'data_type', 'comment'], rows);
}

/** Hive pads cells. */
const WIDTH = 20;

const text = (columns: string[], lines: string[]): Outcome => ({
  columns: columns.map((name) => ({ name, type: { ...resultTypeOf('VARCHAR'), name: 'string', precision: 0 } })),
  lines,
  scanned: 0,
});

/** Hive patterns: `*` for anything, `|` for alternatives. */
function matcher(pattern = '*'): (name: string) => boolean {
  const escaped = pattern.replace(/[\\^$+?.()[\]{}]/g, '\\$&').replaceAll('*', '.*');
  const expression = new RegExp(`^(?:${escaped})$`, 'i');
  return (name) => expression.test(name);
}
