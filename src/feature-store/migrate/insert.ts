/** A migration done by Athena alone, table to table, in INSERTs of as many event days as it allows. */
import { createHash } from 'node:crypto';
import type { Clients } from '../../config.js';
import type { Context } from '../../context.js';
import { CommandError } from '../../errors.js';
import { nextCommand } from '../../utils/command-line.js';
import { numbersOf, queryTable, removeResult, updateCount } from '../offline/athena-result.js';
import { QueryFailed, runQuery, type AthenaOptions } from '../offline/athena-run.js';
import { countAlreadyDone, toContinue } from '../bulk/resume/continued.js';
import { runInBulk } from '../bulk/run.js';
import type { Migration } from './check.js';
import { clearTarget, refuseEmpty } from './clear-target.js';
import type { MigrationJob } from './run.js';
import { countInsertedSql, daysSql, insertSql, portionsOf, type Days } from './insert-sql.js';

type InsertJob = Pick<MigrationJob, 'migration' | 'plan' | 'checkpoint' | 'clearing' | 'stage'> & {
  aws: Clients;
  athena: AthenaOptions;
};

/**
 * Runs the INSERTs, with progress and summary on stderr.
 * @throws CommandError where Athena fails; inserted rows stay, and a resumed run does not insert them again
 */
export async function insertByAthena(context: Context, job: InsertJob): Promise<void> {
  const { checkpoint } = job;
  checkpoint.begin(job.plan);
  try {
    await insertAll(context, job);
  } catch (error) {
    // Without --resume, the command is refused from now on.
    if (checkpoint.keep({ failed: 0 }) !== undefined) context.output.note(toContinue(context.argv));
    throw error;
  }
}

async function insertAll(context: Context, job: InsertJob): Promise<void> {
  const { plan, checkpoint } = job;
  job.stage('write');
  const portions = await portionsFor(job);
  await clearTarget(job);
  const settings = {
    ...{ command: 'migrate', verb: 'inserted', to: job.migration.target.name },
    ...{ total: plan.toWrite, waitingFor: 'Athena inserts the rows …' },
  };
  await runInBulk(context, { ...settings, ended: context.summarize }, async ({ tally }) => {
    countAlreadyDone(tally, checkpoint.inserted);
    for await (const rows of insertRows(job, portions)) tally.ok += rows;
  });
  checkpoint.remove();
  const { target } = job.migration;
  if (target.online)
    context.output.note([
      `The online store of ${target.name} has not changed. To fill it with the live records:`,
      `  ${nextCommand(context.options, ['migrate', target.name, target.name])}`,
    ]);
}

/**
 * Yields the row count of each INSERT. Each has its own token, so that a resumed run picks up an INSERT that an
 * interrupted run started, instead of inserting twice; a failed or stopped one is started anew.
 */
async function* insertRows(
  { aws, migration, athena: options, checkpoint }: InsertJob,
  portions: (Days | undefined)[],
): AsyncGenerator<number> {
  let { inserted } = checkpoint;
  for (const [number, days] of portions.entries()) {
    if (checkpoint.isSettled(number)) continue;
    const sql = insertSql(migration, days);
    const token = createHash('sha256').update(`${checkpoint.token}\0${number}`).digest('hex');
    const query = { sql, token, group: migration.source };
    const result = await runQuery(aws, query, options).catch(explainer(migration));
    const rows = await updateCount(aws, result.id);
    inserted += rows;
    checkpoint.settle([number], { failed: 0 });
    checkpoint.keep({ failed: 0 });
    checkpoint.note({ inserted });
    await removeResult(aws, result, options.note);
    yield rows;
  }
}

/**
 * What each INSERT takes: days for a table that is partitioned by them, else everything at once. A target is not cleared
 * before a query has put the same rows in order.
 */
async function portionsFor(job: InsertJob): Promise<(Days | undefined)[]> {
  const { aws, migration, athena, checkpoint, clearing } = job;
  const ask = (sql: string) => queryTable(aws, { sql, group: migration.source }, athena).catch(explainer(migration));
  if (migration.target.offline!.tableFormat === 'Iceberg') {
    const days = checkpoint.days ?? (await ask(daysSql(migration))).slice(1).map(([day]) => day ?? '');
    checkpoint.note({ days });
    if (days.length === 0) await refuseEmpty(job);
    return portionsOf(days);
  }
  if (clearing) {
    const [header = [], row] = await ask(countInsertedSql(migration));
    if (numbersOf(header, row)('rows') === 0) await refuseEmpty(job);
  }
  return [undefined];
}

const explainer =
  ({ source, target }: Migration) =>
  (error: unknown): never => {
    if (!(error instanceof QueryFailed)) throw error;
    const message = `Athena could not copy ${source.name} into ${target.name}: ${error.reason}`;
    throw new CommandError(message, undefined, { cause: error });
  };
