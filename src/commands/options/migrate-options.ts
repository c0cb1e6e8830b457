/** The options of `migrate`, and the parsers of their values. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { MigrationStage } from '../../feature-store/migrate/run.js';
import type { MigrationChoice } from '../../feature-store/migrate/check.js';
import type { ShardOptions } from '../../feature-store/migrate/shards.js';
import { addAthenaReadOptions, type AthenaReadInput } from './athena-options.js';
import {
  addBulkOptions,
  addConsentOptions,
  commaList,
  dryRunOption,
  addPeriodOptions,
  type PeriodOptions,
  outputOption,
  pairs,
  positiveInteger,
  seconds,
  type ConsentOptions,
  type BulkInput,
} from './options.js';

interface MigrateOptions
  extends BulkInput, MigrationChoice, AthenaReadInput, PeriodOptions, ShardOptions, ConsentOptions {
  dryRun?: boolean;
  history?: 'all';
  /** Seconds. */
  waitOffline?: number;
  state?: string;
  expectCount?: number;
  resume?: boolean;
  sourceProfile?: string;
  sourceRegion?: string;
  targetProfile?: string;
  targetRegion?: string;
  outputFormat?: 'text' | 'json';
}
export type MigrateInput = MigrateOptions & GlobalOptions & { source: string; target: string };

/** The stages of a run with these options. */
export function stagesOf({ clearTarget, verify }: MigrateInput): MigrationStage[] {
  const clear: MigrationStage[] = clearTarget ? ['clear'] : [];
  return ['check', 'count', ...clear, 'write', ...(verify === undefined ? [] : (['verify'] as const))];
}

/** In three groups: what is read, what is written, and how it is run. */
export function addMigrateOptions(command: Command): Command {
  addSourceOptions(command);
  addTargetOptions(command);
  command
    .optionsGroup('Run:')
    .addOption(dryRunOption('check, count and print the plan; write nothing'))
    .addOption(outputOption('text', 'json'))
    .option('--expect-count <n>', 'stop unless the plan has exactly this many records to write', wholeNumber)
    .addOption(
      new Option('--verify [sample=n]', 'afterwards compare the records with the online store: all, or n of them')
        .argParser(verifySample)
        .preset('all'),
    )
    .option('--resume', 'continue an interrupted run')
    .option('--shard <i/n>', 'only the i-th of n shares of the identifiers', shardNumber)
    .option('--shards <n>', 'as --shard, with i from AWS_BATCH_JOB_ARRAY_INDEX', positiveInteger);
  return addBulkOptions(command);
}

function addSourceOptions(command: Command): void {
  command.optionsGroup('Source:').option('--filter-query <sql>', 'only live records that meet this SQL condition');
  addPeriodOptions(command)
    .addOption(
      new Option(
        '--history <all>',
        'every version and deletion instead of the newest; older ones go to the offline store only',
      ).choices(['all']),
    )
    .option('--incremental', 'only records that changed since the last such run of this pair, deletions too')
    .option(
      '--state <place>',
      'file or s3:// address where --incremental keeps its mark (default: below .sagemaker-fs)',
    )
    .addOption(
      new Option('--read-from <store>', 'the store to read (default: offline where there is one)').choices([
        'offline',
        'online',
      ]),
    )
    .addOption(
      new Option('--wait-offline [duration]', 'wait first, for records on their way to the offline store')
        .argParser(seconds)
        .preset('15m'),
    );
  addAthenaReadOptions(command)
    .option('--source-profile <name>', 'AWS profile of the source (default: --profile)')
    .option('--source-region <name>', 'region of the source (default: --region, or that of its ARN)');
}

function addTargetOptions(command: Command): void {
  command
    .optionsGroup('Target:')
    .option('--map <old=new>', 'write a feature under another name; can be repeated', pairs)
    .option('--drop <names>', 'do not copy these features, separated by commas', commaList)
    .option('--drop-extra', 'do not copy features that the target lacks')
    .option('--clear-target', 'remove all records of the target first, once the source has proved readable')
    .addOption(
      new Option(
        '--engine <engine>',
        'athena: Athena copies from offline store to offline store, by INSERT INTO',
      ).choices(['api', 'athena']),
    )
    .option('--target-profile <name>', 'AWS profile of the target (default: --profile)')
    .option('--target-region <name>', 'region of the target (default: --region, or that of its ARN)');
  addConsentOptions(command);
}

function wholeNumber(text: string): number {
  return text === '0' ? 0 : positiveInteger(text);
}

function verifySample(text: string): true | number {
  if (text === 'all') return true;
  const [, size] = /^sample=(\d+)$/.exec(text) ?? [];
  if (!size) throw new InvalidArgumentError('It must be --verify alone or --verify sample=N.');
  return positiveInteger(size);
}

/** `2/16` → the second of sixteen. */
function shardNumber(text: string): ShardOptions['shard'] {
  const [, number, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { number: Number(number), count: Number(of) };
  if (!number || shard.number < 1 || shard.number > shard.count)
    throw new InvalidArgumentError('It must be i/n with i from 1 to n, such as 2/16.');
  return shard;
}
