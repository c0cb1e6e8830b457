/** `export`: the records of a feature group as a file that bulk-put takes back. */
import { Option, type Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { checkExport } from '../../feature-store/export/check.js';
import { planExport, type ExportPlan } from '../../feature-store/export/plan.js';
import { runExport } from '../../feature-store/export/run.js';
import { describeFeatureGroup } from '../../feature-store/groups/describe.js';
import { recordSource } from '../../feature-store/offline/record-source.js';
import type { Effort } from '../../feature-store/online/types.js';
import { mayHoldParts, openParts } from '../../files/output-parts.js';
import { whileWaiting } from '../../utils/terminal/progress.js';
import { count } from '../../utils/quantities.js';
import { mayReplace, openRowWriter } from '../../files/row-writer.js';
import {
  addPaceOptions,
  acting,
  commaList,
  dryRunOption,
  addPeriodOptions,
  type PeriodOptions,
  positiveInteger,
  refuseEmptyPeriod,
  userPath,
} from '../options/options.js';
import { addAthenaReadOptions, athenaOptions, type AthenaReadInput } from '../options/athena-options.js';
import { renderExportPlan, renderExportStart } from '../plans/export-plan.js';
import { WRITABLE_FORMATS, writableFormat, type WritableFormat } from '../../files/formats.js';
import { wrapped } from '../options/wrapped.js';

interface ExportInput extends Omit<Effort, 'batchSize'>, AthenaReadInput, PeriodOptions {
  online?: boolean;
  where?: string;
  columns?: string[];
  limit?: number;
  history?: 'all';
  includeDeleted?: boolean;
  systemColumns?: boolean;
  typed?: boolean;
  format?: WritableFormat;
  split?: number;
  overwrite?: boolean;
  dryRun?: boolean;
}
type Input = ExportInput & GlobalOptions & { group: string; output: string };

const EXAMPLES = `
OUTPUT is a file, s3://bucket/key, or - for stdout. Its extension or --format chooses the format.
The file appears only when it is complete. bulk-put takes it back: the columns have the features' own
names, null is not "", and numbers keep every digit. Rows of an offline store are sorted by
identifier.

Examples:
  sagemaker-fs export customers customers.parquet
  sagemaker-fs export customers - --format jsonl --where "age > 30" | jq .
  sagemaker-fs export customers backup.csv.gz --as-of 2026-01-31
  sagemaker-fs export customers history.jsonl --history all --include-deleted
  sagemaker-fs export customers s3://my-bucket/customers/ --split 1000000 --format parquet
  sagemaker-fs export customers customers.csv --dry-run`;

export function addExport(program: Command, open: OpenContext): void {
  const command = program
    .command('export')
    .description(
      'Write the records of a feature group to a file: the newest live record of each identifier in its offline store, read through Athena. With --online, the records of its online store.',
    )
    .argument('<group>', 'name or ARN of the feature group')
    .argument('<output>', 'file, s3:// address, or - for stdout');
  addReadOptions(command);
  addFileOptions(command);
  command.optionsGroup('Run:').addOption(dryRunOption('check, count and print the plan; write nothing'));
  addPaceOptions(addAthenaReadOptions(command), 'to the online store')
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, exportGroup, 'group', 'output'));
}

function addReadOptions(command: Command): void {
  command
    .optionsGroup('Records:')
    .option('--online', 'read the online store even if there is an offline one')
    .option('--where <sql>', 'only live records that meet this SQL condition')
    .option('--columns <names>', 'only these features, besides the identifier and the event time', commaList)
    .option('--limit <n>', 'at most this many records', positiveInteger)
    .addOption(new Option('--history <all>', 'every version of each record instead of the newest').choices(['all']));
  addPeriodOptions(command)
    .option('--include-deleted', 'deletions too, marked in a column is_deleted')
    .option(
      '--system-columns',
      'is_deleted, write_time and api_invocation_time too; bulk-put leaves them out with --ignore-unknown',
    );
}

function addFileOptions(command: Command): void {
  command
    .optionsGroup('File:')
    .addOption(new Option('--format <format>', 'format of the output, whatever its name').choices(WRITABLE_FORMATS))
    .option('--typed', 'write Integral and Fractional values as JSON numbers where that loses nothing')
    .option('--split <rows>', 'make OUTPUT a folder of files with this many records each', positiveInteger)
    .option('--overwrite', 'replace existing files');
}

async function exportGroup(input: Input, context: Context): Promise<void> {
  refuseEmptyPeriod(input);
  const { maxWorkers, tps, retryFor } = input;
  const target = await targetOf(input, context);
  const group = await describeFeatureGroup(context.aws, input.group, context.signal);
  const job = checkExport(group, { ...input, history: input.history === 'all' });
  const from = recordSource(context.aws, job, {
    ...athenaOptions(input, context),
    ...{ maxWorkers, tps, retryFor, nameOrArn: input.group },
  });
  const found = await whileWaiting(context, 'counting what is there …', from.find());
  const plan = planExport(job, found, from.sql);
  for (const warning of plan.warnings ?? []) context.output.warn(warning);
  await showPlan(plan, input, context);
  if (input.dryRun) return;
  const { format, overwrite, split } = input;
  const { result } = context.output;
  const writing = { format, columns: job.columns, overwrite, result, s3: context.aws.s3 };
  const openWriter = () =>
    split === undefined
      ? openRowWriter(target, writing)
      : Promise.resolve(openParts(target, { ...writing, rowsPerPart: split }));
  await runExport(context, {
    job,
    from,
    total: plan.records,
    file: target === '-' ? undefined : input.output,
    typed: input.typed,
    openWriter,
  });
}

/** Checked before the first call: it must be writable, and must not replace anything. */
async function targetOf(input: Input, { cwd, aws }: Context): Promise<string> {
  const target = userPath(cwd, input.output);
  const { overwrite, format } = input;
  if (input.split !== undefined) {
    await mayHoldParts(target, { overwrite, format, s3: aws.s3 });
    return target;
  }
  if (/[/\\]$/.test(input.output)) throw new UsageError(`${input.output} is a folder: name a file, or add --split.`);
  writableFormat(target, format);
  await mayReplace(target, { overwrite, s3: aws.s3 });
  return target;
}

/** With --dry-run the plan is the result; otherwise it is a note. */
async function showPlan(plan: ExportPlan, input: Input, { output }: Context): Promise<void> {
  const place = input.output === '-' ? 'stdout' : input.output;
  const target = input.split === undefined ? place : `${place}, ${count(input.split)} records in a file`;
  const verbose = input.verbose ?? input.debug;
  if (input.dryRun) return output.text(renderExportPlan(plan, target, { verbose, width: output.stdout.lineWidth }));
  const { lineWidth: width } = output.stderr;
  output.note(
    verbose ? renderExportPlan(plan, target, { verbose, width }) : renderExportStart(plan, target, { width }),
  );
}
