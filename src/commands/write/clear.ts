/** `clear`: removes everything in a feature group, and nothing else. */
import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { isLocal, LOCAL_PORT } from '../../embedded.js';
import { UsageError } from '../../errors.js';
import { planClear, type ClearPlan } from '../../feature-store/clear/plan.js';
import { runClear } from '../../feature-store/clear/run.js';
import type { ClearSummary } from '../../feature-store/clear/summary.js';
import { checkTableDry } from '../../feature-store/clear/table/steps.js';
import type { ClearOptions, ClearStage } from '../../feature-store/clear/options.js';
import { describeFeatureGroup } from '../../feature-store/groups/describe.js';
import { requireConsent } from '../../utils/terminal/consent.js';
import { uriOf } from '../../s3/address.js';
import { awsCommand, nextCommand } from '../../utils/command-line.js';
import { duration } from '../../utils/quantities.js';
import { openStages, type Stages } from '../../utils/terminal/stages.js';
import {
  addBulkOptions,
  addConsentOptions,
  acting,
  delimiterOption,
  dryRunOption,
  isForced,
  outputOption,
  positiveInteger,
  seconds,
  userPath,
  type ConsentOptions,
  type BulkInput,
} from '../options/options.js';
import { addAthenaOptions, athenaOutputOf, type AthenaInput } from '../options/athena-options.js';
import { planAsJson, renderClearPlan } from '../plans/clear-plan.js';
import { errorsFile } from '../../feature-store/bulk/errors-file.js';
import { wrapped } from '../options/wrapped.js';

interface ClearInput extends BulkInput, AthenaInput, ConsentOptions {
  onlineOnly?: boolean;
  offlineOnly?: boolean;
  backupS3?: string | true;
  idsFile?: string;
  delimiter?: string;
  maxDelete?: number;
  settle?: number | true;
  allVersions?: boolean;
  bucketOwner?: string;
  vacuum?: boolean;
  dryRun?: boolean;
  outputFormat?: 'text' | 'json';
}
type Input = ClearInput & GlobalOptions & { group: string };

const SETTLE_SECONDS = 15 * 60;

const EXAMPLES = `
The order is fixed: plan, consent, backup (compared),
online (until ListRecords lists nothing), offline. If a
step fails, the later ones do not run. Run the command
again to finish.

Examples:
  sagemaker-fs clear customers --dry-run
  sagemaker-fs clear customers
  sagemaker-fs clear customers --backup-s3 s3://my-backups
  sagemaker-fs clear customers --online-only --force
  sagemaker-fs clear customers --force --max-delete 1000
  sagemaker-fs clear customers --settle --all-versions`;

export function addClear(program: Command, open: OpenContext): void {
  const command = program
    .command('clear')
    .description('Remove all data of a feature group and keep the group, after asking.')
    .argument('<group>', 'name or ARN of the feature group')
    .addOption(new Option('--online-only', 'leave the offline store alone').conflicts('offlineOnly'))
    .option('--offline-only', 'leave the online store alone')
    .option(
      '--backup-s3 [uri]',
      'first copy everything to URI/<group>/<time>/ (default: sagemaker-fs-backups/ in the bucket of the offline store)',
    )
    .option('--ids-file <file>', 'identifiers to delete online, where ListRecords is not allowed')
    .addOption(delimiterOption())
    .option('--max-delete <n>', 'refuse to delete more records or objects than this', positiveInteger)
    .option(
      '--settle [duration]',
      'wait for records that may still land offline, and clear them too (default: 15m)',
      seconds,
    )
    .option('--all-versions', 'remove old versions and delete markers too, for good')
    .option('--bucket-owner <account>', "account of the offline store's bucket, where it is not the group's own")
    .option('--vacuum', 'Iceberg: also reclaim the storage, which takes an hour');
  addAthenaOptions(command)
    .addOption(dryRunOption('count and print the plan; send only reads'))
    .addOption(outputOption('text', 'json'));
  addConsentOptions(command);
  addBulkOptions(command)
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, clear, 'group'));
}

async function clear(input: Input, context: Context): Promise<void> {
  const { aws, output, signal, cwd } = context;
  if (input.idsFile === '-')
    throw new UsageError('--ids-file cannot be -, as stdin is for your answer to the question: name a file.');
  const otherwise = resolve(cwd, input.group.slice(input.group.lastIndexOf('/') + 1));
  const errors = await errorsFile({ given: input.errorsFile, otherwise }, context);
  const stages = openStages(output, stagesOf(input));
  stages.begin('check');
  const group = await describeFeatureGroup(aws, input.group, signal);
  const options = optionsOf(input, errors, context);
  const plan = await planClear(context, group, options);
  stages.pause();
  if (input.dryRun) {
    await checkTableDry({ context, plan, options });
    if (input.outputFormat === 'json') return output.value(planAsJson(plan, options), { format: 'json' });
    return output.text(renderClearPlan(plan, { ...options, width: output.stdout.lineWidth }));
  }
  const lines = renderClearPlan(plan, { ...options, width: output.stderr.lineWidth });
  await requireConsent(context, { force: isForced(input), plan: lines, answer: group.name });
  const ended = (summary: ClearSummary) => tell({ summary, plan, stages }, input, context);
  await runClear(context, plan, { ...options, ended, stage: (name) => stages.begin(name) });
}

function optionsOf(input: Input, errorsFile: string | undefined, { cwd, env }: Context): ClearOptions {
  const { backupS3, settle, idsFile, onlineOnly, offlineOnly } = input;
  return {
    ...input,
    only: onlineOnly ? 'online' : offlineOnly ? 'offline' : undefined,
    backup: backupS3,
    idsFile: idsFile === undefined ? undefined : userPath(cwd, idsFile),
    settle: settle === true ? SETTLE_SECONDS : settle,
    athenaOutput: athenaOutputOf(input, env),
    errorsFile,
    nameOrArn: input.group,
  };
}

/** The stages, before the group is described; those of a store that it lacks are skipped. */
function stagesOf({ onlineOnly, offlineOnly, backupS3, settle, vacuum }: Input): ClearStage[] {
  const stages: [ClearStage, unknown][] = [
    ['check', true],
    ['back up', backupS3],
    ['online', !offlineOnly],
    ['offline', !onlineOnly],
    ['settle', settle],
    ['vacuum', vacuum],
  ];
  return stages.filter(([, isAsked]) => isAsked).map(([name]) => name);
}

interface Told {
  summary: ClearSummary;
  plan: ClearPlan;
  stages: Stages;
}

async function tell({ summary, plan, stages }: Told, input: Input, context: Context): Promise<void> {
  const { output, summarize } = context;
  const { stopped, group, online } = summary;
  const seconds = stages.end({ finished: stopped === undefined });
  const whole = { ...summary, stages: seconds };
  summarize(whole);
  if (input.outputFormat === 'json') await output.value(whole, { format: 'json' });
  const asFarAs = online?.provedEmpty === false ? ', as far as its identifiers were known,' : '';
  if (stopped === undefined) output.note(`Cleared ${group}${asFarAs} in ${duration(summary.seconds)}.`);
  output.note(restoring({ summary, plan, stages }, input, context));
}

/** The commands that restore the backups, oldest first: the records, or the records and their history. */
function restoring({ summary, plan }: Told, input: Input, context: Context): string[] {
  const backups = [...(summary.earlierBackups ?? []), ...(summary.backup ? [summary.backup] : [])];
  const ofRecords = backups.filter(({ records, late }) => records?.count || late?.count);
  const put = (...options: string[]) =>
    ofRecords.map(({ uri }) => `  ${nextCommand(input, ['bulk-put', input.group, uri, ...options])}`);
  const histories = backups.filter(({ offline }) => offline).map(({ uri }) => `${uri}offline/`);
  const lines = ofRecords.length > 0 ? ['To restore the records:', ...put()] : [];
  if (histories.length === 0) return lines;
  const { offline } = plan;
  if (offline?.format !== 'Glue')
    return [...lines, `The offline objects, as they were, are under ${histories.join(' and ')}`];
  const copies = histories.map((history) => ['s3', 'cp', '--recursive', history, uriOf(offline.place)]);
  const copy = copying(copies, input, context);
  if (ofRecords.length === 0) return ['To restore the offline history:', ...copy];
  const online = plan.online
    ? ['Or the records online, and the offline history as it was:', ...put('--target-stores', 'online')]
    : [];
  return [...lines, ...online, ...copy];
}

/** The AWS CLI with these words, and what it needs besides, so that it can reach no other store than this run did. */
function copying(commands: string[][], input: Input, { env }: Context): string[] {
  const isEmbedded = isLocal(input, env);
  const options = isEmbedded ? { endpointUrl: `http://127.0.0.1:${LOCAL_PORT}` } : input;
  const lines = commands.map((words) => `  ${awsCommand(options, words)}`);
  if (isEmbedded)
    return [
      ...lines,
      'For aws, the embedded store must be served, and the keys exported that this prints:',
      `  ${nextCommand({ localDir: input.localDir }, ['local', 'serve'])}`,
    ];
  return input.roleArn ? [...lines, `Give aws the credentials of ${input.roleArn}: it has no option for that.`] : lines;
}
