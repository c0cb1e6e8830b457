/** `migrate`: copies the live records of one feature group into another. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { GlobalOptions } from '../config.js';
import type { Context, OpenContext } from '../context.js';
import { runInBulk, type BulkRun, type BulkSummary } from '../feature-store/bulk-run.js';
import { expiryAt } from '../feature-store/expiry.js';
import { describeFeatureGroup } from '../feature-store/feature-group.js';
import { checkMigration, type Migration, type SourceStore } from '../feature-store/migration.js';
import { planMigration, renderPlan, type MigrationPlan } from '../feature-store/migration-plan.js';
import { migratedItems } from '../feature-store/migration-rows.js';
import { migrationSource, type OpenSource, type SourceOptions } from '../feature-store/migration-source.js';
import { writeRecords, type WriteOutcome } from '../feature-store/online-store.js';
import { fromRecord } from '../feature-store/records.js';
import { markStale, type MaybeStale } from '../feature-store/stale-records.js';
import { freeErrorsFile, refuseExisting } from '../utils/failures.js';
import { renderJson } from '../utils/formatter.js';
import { count, type Tally } from '../utils/progress.js';
import { addBulkOptions, allOptions, commaList, dryRunOption, outputOption, userPath } from './options.js';

interface MigrateInput {
  batchSize: number;
  maxWorkers: number;
  tps?: number;
  retryFor: number;
  maxErrors?: number;
  errorsFile?: string;
  dryRun?: boolean;
  filterQuery?: string;
  map?: Record<string, string>;
  drop?: string[];
  dropExtra?: boolean;
  readFrom?: SourceStore;
  workgroup?: string;
  athenaOutput?: string;
  outputFormat?: 'text' | 'json';
}
type Input = MigrateInput & GlobalOptions & { source: string; target: string };

const EXAMPLES = `
Examples:
  sagemaker-fs migrate customers customers-online --dry-run
  sagemaker-fs migrate customers customers-online --filter-query "age > 30"
  sagemaker-fs migrate old new --map colour=color --drop notes
  sagemaker-fs migrate customers customers      # fills its own online store`;

export function addMigrate(program: Command, open: OpenContext): void {
  const command = program
    .command('migrate')
    .description(
      'Copy the live records of a feature group into another one: the newest row of each identifier in its offline store, by way of Athena, unless that is a deletion. Nothing in the target is removed: a record that it holds newer stays, and is counted as stale.',
    )
    .argument('<source>', 'name or ARN of the feature group to read')
    .argument('<target>', 'name or ARN of the feature group to write')
    .option('--filter-query <sql>', 'only live records that meet this SQL condition')
    .option('--map <old=new>', 'rename a feature on its way; can be repeated', rename)
    .option('--drop <names>', 'leave these features of the source behind, separated by commas', commaList)
    .option('--drop-extra', 'leave behind every feature that the target lacks')
    .addOption(
      new Option('--read-from <store>', 'the store to read (default: offline where there is one)').choices([
        'offline',
        'online',
      ]),
    )
    .option('--workgroup <name>', 'Athena workgroup (default: primary)')
    .option('--athena-output <uri>', "s3:// address for Athena's result files, which are removed afterwards")
    .addOption(dryRunOption('check, count and print the plan; write nothing'))
    .addOption(outputOption('text', 'json'));
  addBulkOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((source: string, target: string) => {
      const options = allOptions<MigrateInput>(command);
      return migrate({ source, target, ...options }, open(options));
    });
}

/** `--map a=b --map c=d` → `{ a: 'b', c: 'd' }`. */
function rename(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, from, to] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
  if (!from || !to)
    throw new InvalidArgumentError('It must be the old and the new name of a feature, such as colour=color.');
  return { ...before, [from]: to };
}

export async function migrate(input: Input, context: Context): Promise<void> {
  const { aws, cwd, output, signal } = context;
  if (input.errorsFile !== undefined) refuseExisting(userPath(cwd, input.errorsFile));
  const [source, target] = await Promise.all([
    describeFeatureGroup(aws, input.source, signal),
    describeFeatureGroup(aws, input.target, signal),
  ]);
  const migration = checkMigration(source, target, input);
  for (const warning of migration.warnings) output.warn(warning);
  const from = migrationSource(aws, migration, sourceOptions(input, context));
  const found = await from.find();
  const plan = planMigration({ migration, found, pace: input, filterQuery: input.filterQuery, sql: from.sql });
  await showPlan(plan, input, context);
  if (input.dryRun) return;
  const opened = await from.open();
  try {
    await carry(input, { migration, opened, expected: found.toWrite }, context);
  } finally {
    await opened.close();
  }
}

function sourceOptions(input: Input, { signal, output }: Context): SourceOptions {
  const note = (line: string) => output.note(line);
  const { workgroup, athenaOutput, filterQuery, maxWorkers, retryFor } = input;
  return { workgroup, output: athenaOutput, filterQuery, maxWorkers, retryForSeconds: retryFor, signal, note };
}

/** With --dry-run or -o json the plan is the result; otherwise it is for the person who watches. */
async function showPlan(plan: MigrationPlan, input: Input, { output }: Context): Promise<void> {
  const text = renderPlan(plan, { withSql: input.verbose || input.debug });
  if (input.outputFormat === 'json') await output.result(renderJson(plan));
  else if (input.dryRun) await output.result(text);
  else output.note(text.trimEnd());
}

interface Cargo {
  migration: Migration;
  opened: OpenSource;
  /** Records that the plan counted. */
  expected: number;
}

/** read → shape → check → mark → write → tally. */
async function carry(input: Input, { migration, opened, expected }: Cargo, context: Context): Promise<void> {
  const { source, target: group, targetStores } = migration;
  const { maxErrors, maxWorkers, retryFor: retryForSeconds } = input;
  const target = { runtime: await context.aws.bulkRuntime(), group };
  const path = (file: string) => userPath(context.cwd, file);
  const settings = {
    command: 'migrate',
    verb: 'migrated',
    expired: expiryAt(context.now(), { group, targetStores }),
    total: expected,
    maxErrors,
    errorsFile:
      input.errorsFile === undefined ? freeErrorsFile(path(`${source.name}--${group.name}`)) : path(input.errorsFile),
    summaryFile: input.summary === undefined ? undefined : path(input.summary),
    ended({ stale = 0 }: BulkSummary & Staleness) {
      if (stale > 0)
        context.output.note(`${count(stale)} stale: ${group.name} holds newer records online, which stay.`);
      return Promise.resolve();
    },
  };
  await runInBulk(context, settings, async (run) => {
    const items = migratedItems(migration, opened.rows, run.fail);
    const marked = markStale(target, items, { ...run.watching, maxWorkers, retryForSeconds });
    const options = { ...input, ...run.watching, retryForSeconds, targetStores };
    for await (const outcomes of writeRecords(target, marked, options)) settle(outcomes, run);
  });
}

interface Staleness {
  /** Records that the service took as history, for the online store holds newer ones. */
  stale?: number;
}

function settle(outcomes: WriteOutcome<MaybeStale>[], run: BulkRun): void {
  const tally: Tally & Staleness = run.tally;
  for (const outcome of outcomes) {
    if (outcome.ok && outcome.item.stale) {
      tally.skipped += 1;
      tally.stale = (tally.stale ?? 0) + 1;
    } else if (outcome.ok) run.settle([outcome]);
    else run.settle([{ ...outcome, item: { ...outcome.item, row: fromRecord(outcome.item.record) } }]);
  }
}
