/** `bulk-put`: writes every record of a file. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { basename, resolve } from 'node:path';
import type { GlobalOptions } from '../config.js';
import type { Context, OpenContext } from '../context.js';
import { CommandError, EXIT, PartialFailure, UsageError } from '../errors.js';
import { runInBulk, type BulkRun, type BulkSummary } from '../feature-store/bulk-run.js';
import { expiryAt } from '../feature-store/expiry.js';
import { describeFeatureGroup, type FeatureGroup, type TimeToLive } from '../feature-store/feature-group.js';
import { writeRecords } from '../feature-store/online-store.js';
import { checkedItems, type Check, type CheckedItem } from '../feature-store/checked-items.js';
import { openResume, type Resume } from '../feature-store/resume.js';
import { recordShaper, type TableShaper } from '../feature-store/records.js';
import { checkWritable } from '../feature-store/writable.js';
import { openEstimator, renderEstimate, type Estimate } from '../feature-store/write-estimate.js';
import { freeErrorsFile, refuseExisting } from '../utils/failures.js';
import { nameOf, READABLE_FORMATS, readRowBatches, type Format, type ReadPosition } from '../utils/file-handler.js';
import { count } from '../utils/progress.js';
import { mayWrite, writeWhole } from '../utils/whole-file.js';
import {
  addBulkOptions,
  allOptions,
  dryRunOption,
  targetStoresOption,
  ttlOption,
  userPath,
  type TargetStore,
} from './options.js';

interface BulkPutInput {
  outputFile?: string;
  overwrite?: boolean;
  format?: Format;
  batchSize: number;
  maxWorkers: number;
  tps?: number;
  /** Seconds. */
  retryFor: number;
  ttl?: TimeToLive;
  targetStores?: TargetStore[];
  dryRun?: boolean;
  fillEventTime?: boolean;
  map?: Record<string, string>;
  ignoreUnknown?: boolean;
  errorsFile?: string;
  maxErrors?: number;
  resume?: boolean;
}
type Input = BulkPutInput & GlobalOptions & { group: string; input: string };

const EXAMPLES = `
INPUT is CSV with a header line, a JSON array, or JSON lines, each also as .gz, or Parquet; - is
stdin. s3://bucket/key is read like a file, s3://bucket/prefix/ is every such object below it.
Columns are features by name. A JSON null and an unquoted empty CSV cell leave the feature
out; "" is an empty text. Numbers keep every digit. A record replaces the whole of the one
before it, unless that has a later event time: then it is filed as history.

Records that fail go to the errors file, with the reason; that file is valid INPUT.

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
    .argument('<input>', 'file to read, or - for stdin')
    .option('-o, --output-file <file>', 'keep a JSON report of the run')
    .option('--overwrite', 'replace an existing report')
    .addOption(new Option('--format <format>', 'what INPUT is, whatever its name').choices(READABLE_FORMATS))
    .option('--map <column=feature>', 'write a column under another name; can be repeated', columnMap)
    .option('--ignore-unknown', 'leave out columns that are no feature of the group')
    .option('--fill-event-time', 'give records without an event time that of the start of the run')
    .option('--resume', 'go on where an interrupted run of the same file and group stopped')
    .addOption(ttlOption())
    .addOption(targetStoresOption())
    .addOption(dryRunOption('read and check everything, estimate units, calls, time and cost; send nothing'));
  addBulkOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((group: string, input: string) => {
      const options = allOptions<BulkPutInput>(command);
      return bulkPut({ group, input, ...options }, open(options));
    });
}

/** `--map a=b --map c=d` → `{ a: 'b', c: 'd' }`. */
function columnMap(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, column, feature] = /^(.+)=([^=]+)$/.exec(text) ?? [];
  if (!column || !feature) throw new InvalidArgumentError('It must be a column and a feature, such as customer_id=id.');
  return { ...before, [column]: feature };
}

export async function bulkPut(input: Input, context: Context): Promise<void> {
  const { output, cwd } = context;
  const files = filesOf(input, cwd);
  const group = await describeFeatureGroup(context.aws, input.group, context.signal);
  checkWritable(group, input);
  const shape = recordShaper(group, {
    ignoreUnknown: input.ignoreUnknown,
    onUnknown: (column) => output.note(`Column ${column} is no feature of ${group.name}: left out.`),
    fillEventTime: input.fillEventTime ? context.now() : undefined,
    map: input.map,
  });
  const job = { input, files, group, shape };
  if (input.dryRun) return dryRun(job, context);
  await resumable(job, context);
}

/** Writes what an earlier run has not dealt with, and leaves a checkpoint where something is left. */
async function resumable(checked: Job, context: Context): Promise<void> {
  const { input, group } = checked;
  const resume = await openResume({ ...input, path: checked.files.input, group, ...context });
  const files = { ...checked.files, errors: errorsFileOf(checked, resume) };
  const job = { ...checked, files, resume };
  const expired = expiryAt(context.now(), { ...input, group });
  const options = { ...settings(job), expired, appendErrors: resume.errorsFile === files.errors };
  let complete = false;
  await runInBulk(
    context,
    {
      ...options,
      async ended(summary) {
        resume.end(complete, { errorsFile: files.errors, failed: summary.failed });
        await options.ended(summary);
      },
    },
    async (run) => {
      const sent = await writeAll(job, run, context);
      complete = !run.signal.aborted;
      if (sent === 0 && run.tally.skipped === 0) refuseNothingValid(job, run);
    },
  );
  if (resume.failed === 0) return;
  const failed = resume.failed === 1 ? '1 record' : `${count(resume.failed)} records`;
  throw new PartialFailure(`${failed} failed in the run before; see ${files.errors}.`);
}

/** Failures of one file belong together: those of a continued run go where the earlier ones are, unless told otherwise. */
function errorsFileOf({ input, files }: Job, { errorsFile }: Resume): string {
  if (input.errorsFile === undefined) return errorsFile ?? files.errors;
  if (files.errors !== errorsFile) refuseExisting(files.errors);
  return files.errors;
}

interface Files {
  input: string;
  errors: string;
  report?: string;
}

interface Job {
  input: Input;
  files: Files;
  group: FeatureGroup;
  shape: TableShaper;
  /** Undefined in a dry run. */
  resume?: Resume;
}

/** Every file that will be written, refused before anything is sent where it would replace another. */
function filesOf({ input, errorsFile, outputFile, overwrite, resume, dryRun }: Input, cwd: string): Files {
  if (resume && dryRun) throw new UsageError('--dry-run checks the whole of the input: leave --resume out.');
  const report = outputFile === undefined ? undefined : userPath(cwd, outputFile);
  if (report === userPath(cwd, input)) throw new UsageError(`--output-file ${outputFile} is the input.`);
  if (report !== undefined) mayWrite(report, overwrite);
  if (errorsFile !== undefined && !resume) refuseExisting(userPath(cwd, errorsFile));
  const errors =
    errorsFile === undefined ? freeErrorsFile(resolve(cwd, basename(nameOf(input)))) : userPath(cwd, errorsFile);
  return { input: userPath(cwd, input), errors, report };
}

/** @param found added to the report once the run has ended */
function settings({ input, files, group }: Job, found: { estimate?: Estimate } = {}) {
  const { maxErrors, summary: summaryFile, dryRun = false } = input;
  return {
    command: 'bulk-put',
    maxErrors,
    summaryFile,
    verb: dryRun ? 'valid' : 'written',
    // A dry run leaves a file only where one was asked for.
    errorsFile: dryRun && input.errorsFile === undefined ? undefined : files.errors,
    async ended(summary: BulkSummary) {
      if (files.report === undefined) return;
      const report = { group: group.name, input: nameOf(files.input), dryRun, ...summary, ...found };
      await writeWhole(files.report, `${JSON.stringify(report, null, 2)}\n`);
    },
  };
}

/** read → shape → check → write → tally. Returns how many records were sent. */
async function writeAll(job: Job, run: BulkRun, context: Context): Promise<number> {
  const { input, group } = job;
  const target = { runtime: await context.aws.bulkRuntime(), group, nameOrArn: input.group };
  const options = { ...input, retryForSeconds: input.retryFor, ...run.watching };
  let sent = 0;
  try {
    for await (const outcomes of writeRecords(target, items(job, run, context), options)) {
      run.settle(outcomes);
      settle(
        job,
        run,
        outcomes.map(({ item }) => item.number),
      );
      sent += outcomes.length;
    }
  } catch (error) {
    throw brokenOff(error, run);
  }
  return sent;
}

function settle({ resume, files }: Job, { tally }: BulkRun, numbers: number[]): void {
  resume?.settle(numbers, { errorsFile: files.errors, failed: tally.failed });
}

async function* items(job: Job, run: BulkRun, { aws, stdin }: Context): AsyncGenerator<CheckedItem[]> {
  const { input, files, group, shape } = job;
  const position: ReadPosition = { read: 0 };
  const reading = { format: input.format, stdin, s3: aws.s3, signal: run.signal, position };
  const rows = readRowBatches(files.input, reading);
  const check: Check = {
    shape,
    identifier: group.recordIdentifier,
    fail(failure, number) {
      run.fail(failure);
      settle(job, run, [number]);
    },
    skip(number) {
      const isSettled = job.resume?.isSettled(number) === true;
      if (isSettled) run.tally.skipped += 1;
      return isSettled;
    },
  };
  for await (const batch of checkedItems(rows, check)) {
    if (position.total) run.tally.share = position.read / position.total;
    yield batch;
  }
}

/** Exit 2 promises that nothing was sent, which is no longer so once records are written. */
function brokenOff(error: unknown, { tally }: BulkRun): unknown {
  if (!(error instanceof UsageError) || tally.ok === 0) return error;
  const message = `${error.message} The ${count(tally.ok)} records before that are written.`;
  return new CommandError(message, EXIT.FAILED, { cause: error });
}

function refuseNothingValid({ files }: Job, { tally, signal }: BulkRun): void {
  if (tally.failed === 0 || signal.aborted) return;
  throw new UsageError(`No row of ${nameOf(files.input)} is a valid record; nothing was sent.`);
}

async function dryRun(job: Job, context: Context): Promise<void> {
  const estimator = openEstimator();
  const found: { estimate?: Estimate } = {};
  await runInBulk(context, settings(job, found), async (run) => {
    for await (const batch of items(job, run, context)) {
      batch.forEach(estimator.add);
      run.tally.ok += batch.length;
    }
    if (run.tally.ok === 0) refuseNothingValid(job, run);
    found.estimate = estimator.estimate(job.input);
    await context.output.result(renderEstimate(found.estimate));
  });
}
