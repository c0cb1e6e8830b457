/** Runs a statement: what it reads, what it writes, and its result. */
import { literal } from '../../store/duckdb.js';
import { alter } from './alterations.js';
import { deleteRows, optimize, vacuum } from './iceberg-statements.js';
import { positions, withQuery, type Job, type Outcome } from './job.js';
import { list } from './listings.js';
import type { Token } from '../language/tokens.js';
import { insert } from './insert.js';

/** Throws QueryError where Athena would return a FAILED query. */
export async function run(job: Job): Promise<Outcome> {
  const { statement } = job;
  switch (statement.kind) {
    case 'query':
      return select(job, statement);
    case 'insert':
      return insert(job, statement);
    case 'delete':
      return deleteRows(job, statement);
    case 'optimize':
      return optimize(job, statement.table);
    case 'vacuum':
      return vacuum(job, statement.table);
    case 'setProperties':
    case 'dropTable':
    case 'createDatabase':
      return alter(job, statement);
    default:
      return list(job, statement);
  }
}

async function select(job: Job, { query }: { query: Token[] }): Promise<Outcome> {
  return withQuery(job, { query }, async ({ workspace, origin, columns }) => {
    const csv = `${job.folder}/result.csv`;
    const names = positions(columns);
    const texts = columns.map(({ type }, i) => type.text(names[i]!));
    const header = columns.map(({ name }, i) => `${literal(name)} AS ${names[i]}`);
    await workspace.connection.run(
      `COPY (SELECT ${header.join(', ')} UNION ALL SELECT ${texts.join(', ')} FROM (${origin.rewritten}\n) AS result(${names.join(', ')}))
       TO ${literal(csv)} (FORMAT csv, HEADER false, FORCE_QUOTE *)`,
    );
    return { columns, csv, updateCount: 0, scanned: workspace.scanned };
  });
}
