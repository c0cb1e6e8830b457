/** `migrate`: copies the live records of one feature group into another. */
import type { Command } from 'commander';
import { resolve } from 'node:path';
import type { Context, OpenContext } from '../../context.js';
import { describeError } from '../../describe-error.js';
import { RefusedError, EXIT, PartialFailure, UsageError } from '../../errors.js';
import { describeFeatureGroup } from '../../feature-store/groups/describe.js';
import { checkMigration, type Migration } from '../../feature-store/migrate/check.js';
import { insertByAthena } from '../../feature-store/migrate/insert.js';
import { openMigrationCheckpoint, type MigrationCheckpoint } from '../../feature-store/migrate/checkpoint.js';
import { sinceLastRun, type KeptMark } from '../../feature-store/migrate/mark.js';
import { planMigration, type MigrationPlan } from '../../feature-store/migrate/plan.js';
import { runMigration, type RunOptions, type MigrationStage } from '../../feature-store/migrate/run.js';
import { recordSource, type RecordSource } from '../../feature-store/offline/record-source.js';
import { countDown } from '../../utils/terminal/countdown.js';
import { sharedToken, shardOf } from '../../feature-store/migrate/shards.js';
import { planTargetClearing, type TargetClearing } from '../../feature-store/migrate/clear-target.js';
import { requireConsent } from '../../utils/terminal/consent.js';
import { errorsFile, freeFile } from '../../feature-store/bulk/errors-file.js';
import { again, mapOptions } from '../../utils/command-line.js';
import { counted, dollars } from '../../utils/quantities.js';
import { refuseUnwritable } from '../../files/whole-file.js';
import { sideClients, sourceOptions, type SideClients } from '../options/migrate-clients.js';
import { addMigrateOptions, stagesOf, type MigrateInput } from '../options/migrate-options.js';
import { athenaOutputOf } from '../options/athena-options.js';
import { acting, isForced, refuseEmptyPeriod } from '../options/options.js';
import { planAsJson, renderClearPlan } from '../plans/clear-plan.js';
import { renderMigrationPlan, renderMigrationRest, renderMigrationStart } from '../plans/migration-plan.js';
import { whileWaiting } from '../../utils/terminal/progress.js';
import { openStages, type Stages } from '../../utils/terminal/stages.js';
import { wrapped } from '../options/wrapped.js';

const EXAMPLES = `
A run that is interrupted or killed leaves a checkpoint below .sagemaker-fs in the working
directory. The same command with --resume continues with the same query result.

Examples:
  sagemaker-fs migrate customers customers-online --dry-run
  sagemaker-fs migrate customers customers-online --filter-query "age > 30" --verify
  sagemaker-fs migrate old new --map colour=color --drop notes --clear-target
  sagemaker-fs migrate customers customers      # fills its own online store
  sagemaker-fs migrate a b --source-profile prod --target-profile staging
  sagemaker-fs migrate a b --history all --as-of 2026-01-31
  sagemaker-fs migrate a b --incremental --state s3://my-bucket/marks/a-b.json   # from cron`;

export function addMigrate(program: Command, open: OpenContext): void {
  const command = program
    .command('migrate')
    .description(
      'Copy the live records of a feature group into another one: the newest row of each identifier in its offline store, read through Athena, unless that is a deletion. Nothing in the target is removed unless you say so. Where the target has a newer record, that stays, and the older one is counted as stale.',
    )
    .argument('<source>', 'name or ARN of the feature group to read')
    .argument('<target>', 'name or ARN of the feature group to write');
  addMigrateOptions(command)
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, migrate, 'source', 'target'));
}

async function migrate(input: MigrateInput, context: Context): Promise<void> {
  const { output } = context;
  refuseEmptyPeriod(input);
  if (input.state !== undefined && !input.incremental)
    throw new UsageError('--state is where --incremental keeps its mark: add --incremental, or leave --state out.');
  const stages = openStages(output, stagesOf(input));
  stages.begin('check');
  const clients = sideClients(input, context.aws);
  const files = await filesOf(input, context);
  const asked = await checked(input, clients, context);
  const { migration, mark } = await sinceLastRun(asked, input, context);
  const reading = { ...migration, group: migration.source };
  const from = recordSource(clients.source, reading, sourceOptions(input, context));
  const token = sharedToken(migration.choice.shard, { sql: from.sql, env: context.env });
  const countToken = sharedToken(migration.choice.shard, { sql: `count ${from.sql}`, env: context.env });
  const checkpoint = openMigrationCheckpoint(context, migration, { ...input, sql: from.sql, token });
  if (input.waitOffline && !checkpoint.plan)
    await countDown(input.waitOffline, 'for records on their way to the offline store', context);
  if (!checkpoint.plan) stages.begin('count');
  const plan =
    checkpoint.plan ??
    planMigration({
      migration,
      mark,
      found: await whileWaiting(context, 'counting what is there …', from.find({ token: countToken })),
      pace: input,
      sql: from.sql,
    });
  const clearing =
    input.clearTarget && !checkpoint.cleared
      ? await planClearing(input, { migration, clients, plan }, context)
      : undefined;
  if (mark && plan.incremental?.quiet) {
    stages.pause();
    return quietRound(input, { mark, plan }, context);
  }
  if (input.dryRun) await clearing?.check();
  stages.pause();
  for (const warning of plan.warnings) output.warn(warning);
  await showPlan({ plan, clearing, checkpoint }, input, context);
  refuseUnexpected(input, plan);
  if (input.dryRun) return context.summarize({ plan: planJson({ plan, clearing }) });
  if (clearing) {
    const { name } = migration.target;
    await requireConsent(context, {
      force: isForced(input),
      plan: renderClearPlan(clearing.plan, { ...clearing.options, width: output.stderr.lineWidth }),
      answer: name,
    });
  }
  await carryOut(input, { migration, mark, plan, from, checkpoint, clients, clearing, files, stages }, context);
}

function refuseUnexpected({ expectCount }: MigrateInput, { toWrite }: MigrationPlan): void {
  if (expectCount === undefined || expectCount === toWrite) return;
  throw new RefusedError(
    `--expect-count ${expectCount} does not match: ${counted(toWrite, 'record')} would be written. Nothing was changed.`,
  );
}

type Quiet = Required<Pick<Planned, 'mark' | 'plan'>>;

/** Nothing new has arrived: only moves the mark. */
async function quietRound(input: MigrateInput, { mark, plan }: Quiet, { output, summarize }: Context): Promise<void> {
  const { next, since } = plan.incremental!;
  const line = `nothing new in ${plan.source.name} since ${since}: ${dollars(plan.cost.usd)} for one query`;
  summarize({ plan });
  refuseUnexpected(input, plan);
  if (!input.dryRun) await mark.move(next);
  if (input.outputFormat === 'json') await output.value(plan, { format: 'json' });
  else if (input.dryRun) await output.text(line);
  else output.note(line);
}

/** Every file that will be written, checked before the first call. */
async function filesOf({ source, target, errorsFile: given, resume, verify }: MigrateInput, context: Context) {
  const nameOf = (nameOrArn: string) => nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
  const stem = resolve(context.cwd, `${nameOf(source)}--${nameOf(target)}`);
  const errors = await errorsFile({ given, otherwise: stem, mayExist: resume }, context);
  if (verify !== undefined) refuseUnwritable(`${stem}.differences.jsonl`);
  return { stem, errorsFile: { path: errors, isGiven: given !== undefined } };
}

async function checked(input: MigrateInput, clients: SideClients, { argv, env, signal }: Context): Promise<Migration> {
  const shard = shardOf(input, env);
  const [source, target] = await Promise.all([
    describeFeatureGroup(clients.source, input.source, signal),
    describeFeatureGroup(clients.target, input.target, signal),
  ]);
  const withMap = (map: Record<string, string>) => again([...argv, ...mapOptions(map)]);
  return checkMigration(source, target, { ...input, history: input.history === 'all', shard, withMap });
}

function planClearing(
  input: MigrateInput,
  { migration: { source, target }, clients, plan }: Pick<Planned, 'migration' | 'clients' | 'plan'>,
  context: Context,
): Promise<TargetClearing> {
  const { maxWorkers, tps, retryFor, workgroup, expectCount } = input;
  return planTargetClearing({ ...context, aws: clients.target }, target, {
    ...{ maxWorkers, tps, retryFor, workgroup, athenaOutput: athenaOutputOf(input, context.env) },
    errorsFile: freeFile(resolve(context.cwd, `${source.name}--${target.name}.clear-errors`)),
    nameOrArn: input.target,
    carried: { ...plan, expectCount },
  });
}

/** With --dry-run the plan is the result; otherwise a few lines of it, or of what is left of it, are a note. */
async function showPlan(
  planned: Pick<Planned, 'plan' | 'clearing' | 'checkpoint'>,
  input: MigrateInput,
  { output }: Context,
): Promise<void> {
  const { plan, clearing, checkpoint } = planned;
  if (input.dryRun && input.outputFormat === 'json') return output.value(planJson(planned), { format: 'json' });
  const verbose = input.verbose ?? input.debug;
  const { lineWidth: width } = input.dryRun ? output.stdout : output.stderr;
  if (!input.dryRun && !verbose)
    return output.note(
      checkpoint.plan ? renderMigrationRest(plan, { ...checkpoint, width }) : renderMigrationStart(plan, { width }),
    );
  const lines = renderMigrationPlan(plan, { verbose, width });
  if (!input.dryRun) return output.note(lines);
  const clear = clearing ? ['', ...renderClearPlan(clearing.plan, { ...clearing.options, width })] : [];
  await output.text([...lines, ...clear]);
}

const planJson = ({ plan, clearing }: Pick<Planned, 'plan' | 'clearing'>): object => ({
  ...plan,
  clear: clearing && planAsJson(clearing.plan, clearing.options),
});

interface Planned {
  migration: Migration;
  mark?: KeptMark;
  plan: MigrationPlan;
  from: RecordSource;
  checkpoint: MigrationCheckpoint;
  clients: SideClients;
  /** Set if the target is to be cleared first. */
  clearing?: TargetClearing;
  files: Pick<RunOptions, 'stem' | 'errorsFile'>;
  stages: Stages;
}

/** However the run ends, -o json and --summary get the plan together with its outcome. */
async function carryOut(input: MigrateInput, planned: Planned, context: Context): Promise<void> {
  const outcome: { stopped?: string } = {};
  const { stages } = planned;
  let finished = false;
  context.summarize({ plan: planJson(planned) });
  const summarize = (figures: object) => {
    Object.assign(outcome, figures);
    context.summarize(figures);
  };
  try {
    await run(input, planned, { ...context, summarize });
    finished = true;
  } catch (error) {
    outcome.stopped ??= describeError(error).message;
    finished = error instanceof PartialFailure || describeError(error).exitCode === EXIT.DIFFERENT;
    throw error;
  } finally {
    summarize({ stages: stages.end({ finished }) });
    const told = { ...planJson(planned), outcome };
    if (input.outputFormat === 'json') await context.output.value(told, { format: 'json' });
  }
}

async function run(input: MigrateInput, planned: Planned, context: Context): Promise<void> {
  const { migration, clients, files, stages } = planned;
  const stage = (name: MigrationStage) => stages.begin(name);
  const { target: group } = migration;
  const options: RunOptions = { ...input, ...files };
  if (migration.byAthena) {
    const athena = sourceOptions(input, context);
    return insertByAthena(context, { ...planned, aws: clients.source, athena, stage });
  }
  const target = { runtime: await clients.target.bulkRuntime(), group, nameOrArn: input.target };
  const { mark, plan } = planned;
  const arrived = mark && plan.incremental && (() => mark.move(plan.incremental!.next));
  await runMigration(context, { ...planned, from: timed(planned), target, options, stage, arrived });
}

/** A query may take longer than the writing, so its time is shown separately. */
function timed({ from, stages }: Planned): RecordSource {
  const open: RecordSource['open'] = (query) => from.open(query).finally(() => stages.part('query'));
  return from.sql === undefined ? from : { ...from, open };
}
