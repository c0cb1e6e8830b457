/** `bulk-put`: writes every record of a file. */
import { Option, type Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { typedOptions } from '../../feature-store/bulk/resume/deciding-options.js';
import { findRun } from '../../feature-store/bulk/resume/file-checkpoint.js';
import { runInBulk, type BulkSummary } from '../../feature-store/bulk/run.js';
import { expiryAt } from '../../feature-store/records/expiry.js';
import { describeFeatureGroup, type TimeToLive } from '../../feature-store/groups/describe.js';
import {
  checkedInput,
  refuseNothingValid,
  shaperFor,
  writeFileRecords,
  type FileWrite,
} from '../../feature-store/bulk/file-write.js';
import { openConversions } from '../../feature-store/records/conversions.js';
import { checkWritable } from '../../feature-store/groups/writable.js';
import { openEstimator, type Estimate } from '../../feature-store/bulk/write-estimate.js';
import { nameOf } from '../../files/file-handler.js';
import { mayReplace, writeText } from '../../files/row-writer.js';
import { nextCommand } from '../../utils/command-line.js';
import {
  addBulkOptions,
  addReadingOptions,
  acting,
  dryRunOption,
  pairs,
  targetStoresOption,
  ttlOption,
  userPath,
  wholePath,
  type ReadingOptions,
  ignoreUnreadableOption,
  type BulkInput,
} from '../options/options.js';
import { outputFile } from '../options/output-file.js';
import { renderEstimate } from '../plans/write-estimate.js';
import { besideInput, errorsFile } from '../../feature-store/bulk/errors-file.js';
import type { TargetStore } from '../../feature-store/online/types.js';
import { READABLE_FORMATS, type Format } from '../../files/formats.js';
import { wrapped } from '../options/wrapped.js';

interface BulkPutInput extends BulkInput, ReadingOptions {
  outputFile?: string;
  overwrite?: boolean;
  format?: Format;
  ignoreUnreadable?: boolean;
  ttl?: TimeToLive;
  targetStores?: TargetStore[];
  dryRun?: boolean;
  fillEventTime?: boolean;
  map?: Record<string, string>;
  ignoreUnknown?: boolean;
  resume?: boolean;
}
type Input = BulkPutInput & GlobalOptions & { group: string; inputs: string[] };

const EXAMPLES = `
INPUT is CSV or TSV with a header line, a JSON array, JSON lines, or records as AWS prints them, each
also as .gz or .zst, or Parquet; - is stdin. A folder, a quoted pattern ('data/*.csv') and
s3://bucket/prefix/ stand for all such files in them. Folders in the path such as city=Oslo become
columns. Columns are matched to features by name. A JSON null and an unquoted empty CSV cell leave
the feature out; "" is an empty text. Numbers keep every digit. A record replaces the whole record
with the same identifier. Where that has a later event time, it stays, and the new one is filed as
history.

Failed records go to the errors file with the reason. That file is valid INPUT.

A run that stops early leaves a checkpoint below .sagemaker-fs in the working directory: the same
command with --resume sends what is left. After Ctrl-C nothing is sent twice; after a kill at most
what was written in the last second is.

Examples:
  sagemaker-fs bulk-put customers customers.csv --dry-run
  sagemaker-fs bulk-put customers customers.csv --max-workers 16
  sagemaker-fs bulk-put customers export.jsonl.gz --map customer_id=id --ignore-unknown
  zcat events.json.gz | sagemaker-fs bulk-put events - --fill-event-time --ttl 30d
  sagemaker-fs bulk-put customers customers.errors.jsonl`;

export function addBulkPut(program: Command, open: OpenContext): void {
  const command = program
    .command('bulk-put')
    .description('Write every record of a file, checked against the feature group as it is read.')
    .argument('<group>', 'name or ARN of the feature group')
    .argument('<input...>', 'files, folders or quoted patterns to read, or - for stdin')
    .option('-o, --output-file <file>', 'keep a JSON report of the run, here or at s3://bucket/key', outputFile)
    .option('--overwrite', 'replace an existing report')
    .addOption(new Option('--format <format>', 'format of INPUT, whatever its name').choices(READABLE_FORMATS))
    .addOption(ignoreUnreadableOption())
    .option('--map <column=feature>', 'write a column to the feature of another name; can be repeated', pairs)
    .option('--ignore-unknown', 'leave out columns that are not features of the group')
    .option('--fill-event-time', 'give records without an event time the time at which the run started')
    .option('--resume', 'continue an interrupted run of the same file, group and options')
    .addOption(ttlOption())
    .addOption(targetStoresOption())
    .addOption(dryRunOption('read and check everything, estimate units, calls, time and cost; send nothing'));
  addBulkOptions(addReadingOptions(command))
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, bulkPut, 'group', 'inputs'));
}

async function bulkPut(input: Input, context: Context): Promise<void> {
  const files = await filesOf(input, context);
  const group = await describeFeatureGroup(context.aws, input.group, context.signal);
  checkWritable(group, input);
  const { resume, ttl, targetStores, maxErrors } = input;
  const write: FileWrite = {
    path: files.inputs.join(' '),
    inputs: files.inputs.length > 1 ? files.inputs : undefined,
    group,
    nameOrArn: input.group,
    conversions: openConversions(input),
    resume,
    options: input,
    errorsFile: { path: files.errors, isGiven: input.errorsFile !== undefined },
  };
  const report = reporter({ ...input, report: files.report }, write, context);
  const options = { command: 'bulk-put', maxErrors };
  if (input.dryRun) return dryRun(write, { ...options, report }, context);
  // What decides where records go, and how long they live.
  const kept = Object.values(typedOptions({ ttl, targetStores })).flat();
  const retry = (file: string) => nextCommand(input, ['bulk-put', input.group, file, ...kept]);
  const expired = expiryAt(context.serviceNow(), { ...input, group });
  await writeFileRecords(write, { ...options, to: group.name, retry, expired, ended: report }, context);
}

type Files = Awaited<ReturnType<typeof filesOf>>;

/** Checks every file that will be written before anything is sent: none may replace another. */
async function filesOf({ inputs, errorsFile: given, outputFile, overwrite, resume, dryRun }: Input, context: Context) {
  const { s3 } = context.aws;
  const { cwd } = context;
  if (resume && dryRun) throw new UsageError('--dry-run checks the whole of the input: leave --resume out.');
  const read = inputs.map((input) => userPath(cwd, input));
  if (read.length > 1 && read.includes('-'))
    throw new UsageError('- (stdin) cannot be read together with other files.');
  const report = outputFile === undefined ? undefined : userPath(cwd, outputFile);
  if (report === '-')
    throw new UsageError('--output-file cannot be -, as stdout is for results: name a file or s3://bucket/key.');
  if (report !== undefined) {
    if (read.some((input) => wholePath(cwd, input) === wholePath(cwd, report)))
      throw new UsageError(`--output-file ${outputFile} is the input.`);
    await mayReplace(report, { overwrite, s3 });
  }
  const otherwise = besideInput(cwd, inputs[0]!);
  const errors = await errorsFile({ given, otherwise, mayExist: resume }, context);
  // A dry run writes a file only if one was asked for.
  return { inputs: read, errors: given !== undefined || !dryRun ? errors : undefined, report };
}

/** Tells of the run once it has ended; `found` is added to the report. */
type Reporter = (summary: BulkSummary, found?: { estimate?: Estimate }) => Promise<void>;

function reporter(
  { report, overwrite, dryRun = false }: Pick<Input, 'overwrite' | 'dryRun'> & Pick<Files, 'report'>,
  { group, path, conversions }: FileWrite,
  { aws: { s3 }, summarize, output }: Context,
): Reporter {
  return async (summary, found) => {
    const converted = conversions.summary();
    if (converted) output.note(converted);
    summarize(summary);
    if (report === undefined) return;
    const told = { group: group.name, input: nameOf(path), dryRun, ...summary, ...found };
    await writeText(report, `${JSON.stringify(told, null, 2)}\n`, { s3, overwrite });
  };
}

async function dryRun(
  write: FileWrite,
  { report, ...settings }: { command: string; maxErrors?: number; report: Reporter },
  context: Context,
): Promise<void> {
  await findRun(write, context);
  const shape = shaperFor(write, context.serviceNow(), context);
  const estimator = openEstimator();
  let estimate: Estimate | undefined;
  const options = {
    ...settings,
    verb: 'valid',
    input: write.path,
    errorsFile: write.errorsFile.path,
    ended: (summary: BulkSummary) => report(summary, { estimate }),
  };
  await runInBulk(context, options, async (run) => {
    for await (const batch of checkedInput(write, { run, shape }, context)) {
      batch.forEach(estimator.add);
      run.tally.ok += batch.length;
    }
    if (run.tally.ok === 0) refuseNothingValid(write, run);
    estimate = estimator.estimate(write.options);
    await context.output.text(renderEstimate(estimate, context.output.stdout.lineWidth));
  });
}
