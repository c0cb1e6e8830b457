/** Runs a statement: what it reads, what it writes, and its result. */
import { literal } from '../../store/duckdb.js';
import { ALTERATIONS } from './alterations.js';
import { deleteRows, optimize, vacuum } from './iceberg-statements.js';
import { positions, withQuery, type Job, type Outcome } from './job.js';
import { LISTINGS } from './listings.js';
import type { Kind } from '../language/statement.js';
import { insert } from './insert.js';

/** Each throws QueryError where Athena would return a FAILED query. */
export const RUN: Record<Kind, (job: Job) => Promise<Outcome> | Outcome> = {
  ...ALTERATIONS,
  ...LISTINGS,
  SELECT: select,
  INSERT: insert,
  DELETE: deleteRows,
  OPTIMIZE: optimize,
  VACUUM: vacuum,
};

async function select(job: Job): Promise<Outcome> {
  return withQuery(job, async ({ workspace, origin, columns }) => {
    const csv = `${job.folder}/result.csv`;
    const names = positions(columns);
    const texts = columns.map(({ type }, i) => type.text(names[i]!));
    const header = columns.map(({ name }, i) => `${literal(name)} AS ${names[i]}`);
    await workspace.fill();
    await workspace.connection.run(
      `COPY (SELECT ${header.join(', ')} UNION ALL SELECT ${texts.join(', ')} FROM (${origin.rewritten}\n) AS result(${names.join(', ')}))
       TO ${literal(csv)} (FORMAT csv, HEADER false, FORCE_QUOTE *)`,
    );
    return { columns, csv, updateCount: 0, scanned: workspace.scanned };
  });
}
