/** `bulk-get`: reads the records of many identifiers, in their order. */
import { Option, type Command } from 'commander';
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { NotFoundError, UsageError } from '../../errors.js';
import { refuseAllBad, runInBulk, type BulkRun } from '../../feature-store/bulk/run.js';
import { nowAs } from '../../feature-store/records/event-time.js';
import { describeFeatureGroup, eventTimeTypeOf, type FeatureGroup } from '../../feature-store/groups/describe.js';
import { readIdentifiers } from '../../feature-store/bulk/identifiers.js';
import { DEFAULT_READS_PER_SECOND, readRecords, type RecordPage } from '../../feature-store/online/read.js';
import { nameOf, type ReadPosition } from '../../files/file-handler.js';
import { openMissing, type Missing } from '../../feature-store/bulk/missing.js';
import { countedWith } from '../../utils/quantities.js';
import { abandon } from '../../utils/disk/sinks.js';
import { mayReplace, openRowWriter } from '../../files/row-writer.js';
import type { RowWriter } from '../../files/row-writer.js';
import { readUnitsOf } from '../../feature-store/records/size.js';
import {
  addBulkOptions,
  acting,
  delimiterOption,
  featureNamesOption,
  userPath,
  wholePath,
  ignoreUnreadableOption,
  type BulkInput,
} from '../options/options.js';
import { offlineOnly } from '../options/offline-only.js';
import { outputFile } from '../options/output-file.js';
import type { OutputColumn, OutputRow } from '../../files/output-rows.js';
import { besideInput, errorsFile } from '../../feature-store/bulk/errors-file.js';
import {
  READABLE_FORMATS,
  WRITABLE_FORMATS,
  writableFormat,
  type Format,
  type WritableFormat,
} from '../../files/formats.js';
import { fromRecord, outputColumns, typedRecord } from '../../feature-store/records/record-rows.js';
import { wrapped } from '../options/wrapped.js';

interface BulkGetInput extends BulkInput {
  outputFile: string;
  format?: WritableFormat;
  ignoreUnreadable?: boolean;
  inputFormat?: Format;
  delimiter?: string;
  overwrite?: boolean;
  featureNames?: string[];
  currentTime?: boolean;
  typed?: boolean;
  failOnMissing?: boolean;
  missingFile?: string;
}
type Input = BulkGetInput & GlobalOptions & { group: string; input: string };

const EXAMPLES = `
INPUT holds identifiers: in the column named like the group's record identifier, else record_id
or id, else the only column; as a JSON array of values; or one on each line. - is stdin.

The output keeps INPUT's order and duplicates, and bulk-put takes it back. Identifiers without a
record are counted and left out. Without --tps, reads stay below ${DEFAULT_READS_PER_SECOND} calls a second, the service's
own default quota.

Examples:
  sagemaker-fs bulk-get customers ids.csv > customers.json
  sagemaker-fs bulk-get customers ids.txt -o customers.csv --feature-names age,city
  sagemaker-fs bulk-get customers ids.json -o customers.jsonl.gz --missing-file missing.txt
  cut -d, -f1 orders.csv | sagemaker-fs bulk-get customers - --format jsonl | head`;

export function addBulkGet(program: Command, open: OpenContext): void {
  const command = program
    .command('bulk-get')
    .description('Read the records of many identifiers from the online store, in their order.')
    .argument('<group>', 'name or ARN of the feature group')
    .argument('<input>', 'file with identifiers, or - for stdin')
    .option('-o, --output-file <file>', 'where the records go', outputFile, '-')
    .addOption(new Option('--format <format>', 'of the output, whatever its name').choices(WRITABLE_FORMATS))
    .addOption(new Option('--input-format <format>', 'what INPUT is, whatever its name').choices(READABLE_FORMATS))
    .addOption(delimiterOption())
    .addOption(ignoreUnreadableOption())
    .option('--overwrite', 'replace existing files')
    .addOption(
      featureNamesOption('besides the identifier and the event time, only these features, separated by commas'),
    )
    .option('-c, --current-time', 'set the event time of each record to now, so that it can be put again')
    .option('--typed', 'write Integral and Fractional values as JSON numbers where that loses nothing')
    .option('--missing-file <file>', 'where identifiers without a record go')
    .option('--fail-on-missing', 'exit 3 when an identifier has no record');
  addBulkOptions(command)
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, bulkGet, 'group', 'input'));
}

async function bulkGet(input: Input, context: Context): Promise<void> {
  const files = await filesOf(input, context);
  const group = await describeFeatureGroup(context.aws, input.group, context.signal);
  if (!group.online) throw offlineOnly(group, input.group, input);
  const columns = outputColumns(group, input.featureNames);
  const job: Job = { input, files, group, columns, toRow: rowMaker(input, group, context.serviceNow()) };
  const options = {
    command: 'bulk-get',
    verb: 'read',
    file: input.outputFile === '-' ? undefined : input.outputFile,
    input: files.input,
    maxErrors: input.maxErrors,
    errorsFile: files.errors,
    ended: context.summarize,
  };
  const { missing = 0 } = await runInBulk(context, options, (run) => readAll(job, run, context));
  if (input.failOnMissing && missing > 0) {
    throw new NotFoundError(
      `${countedWith(missing, 'identifier', ['has', 'have'])} no record in the online store of ${group.name}.`,
    );
  }
}

type Files = Awaited<ReturnType<typeof filesOf>>;

interface Job {
  input: Input;
  files: Files;
  group: FeatureGroup;
  columns: OutputColumn[];
  toRow: (record: FeatureValue[]) => OutputRow;
}

/** Checks every file that will be written before anything is read: none may replace another. */
async function filesOf(input: Input, context: Context) {
  const { s3 } = context.aws;
  const { cwd } = context;
  const output = userPath(cwd, input.outputFile);
  const missing = input.missingFile === undefined ? undefined : userPath(cwd, input.missingFile);
  const source = userPath(cwd, input.input);
  for (const target of [output, missing]) {
    if (target === undefined) continue;
    if (wholePath(cwd, target) === wholePath(cwd, source) && target !== '-')
      throw new UsageError(`${target} is the input.`);
    await mayReplace(target, { overwrite: input.overwrite, s3 });
  }
  if (missing !== undefined && wholePath(cwd, missing) === wholePath(cwd, output))
    throw new UsageError('--output-file and --missing-file are the same.');
  writableFormat(output, input.format);
  const otherwise = besideInput(cwd, input.input);
  const errors = await errorsFile({ given: input.errorsFile, otherwise }, context);
  return { input: source, output, errors, missing };
}

function rowMaker({ typed, currentTime }: Input, group: FeatureGroup, now: Date): Job['toRow'] {
  const toRow: Job['toRow'] = typed ? (record) => typedRecord(record, group) : fromRecord;
  if (!currentTime) return toRow;
  const eventTime = { FeatureName: group.eventTime, ValueAsString: nowAs(eventTimeTypeOf(group), now) };
  const isEventTime = ({ FeatureName }: FeatureValue) => FeatureName === group.eventTime;
  return (record) =>
    toRow(
      record.some(isEventTime)
        ? record.map((value) => (isEventTime(value) ? eventTime : value))
        : [...record, eventTime],
    );
}

/** read → ask → write → tally */
async function readAll(job: Job, run: BulkRun, context: Context): Promise<void> {
  const { files, group, columns } = job;
  const { result, note } = context.output;
  const shared = { result, s3: context.aws.s3, overwrite: job.input.overwrite };
  const opened: Pick<RowWriter, 'end' | 'abort'>[] = [];
  try {
    const output = await openRowWriter(files.output, { format: job.input.format, columns, ...shared });
    opened.push(output);
    const missing = await openMissing(files.missing, { column: group.recordIdentifier, note, ...shared });
    opened.push(missing);
    for await (const page of pages(job, run, context)) await settle(page, { ...job, output, missing, run });
    if (run.tally.ok + run.tally.skipped === 0)
      refuseAllBad(run, `No row of ${nameOf(files.input)} holds an identifier; nothing was read.`);
    // An incomplete file is removed.
    for (const each of opened) await (run.signal.aborted ? each.abort() : each.end());
  } catch (error) {
    await abandon(error, ...opened);
  }
}

async function* pages(
  { input, files, group, columns }: Job,
  run: BulkRun,
  { aws, stdin, output }: Context,
): AsyncGenerator<RecordPage> {
  const { signal, tally, fail } = run;
  const position: ReadPosition = { read: 0 };
  const { inputFormat: format, delimiter, ignoreUnreadable } = input;
  const reading = { format, delimiter, ignoreUnreadable, stdin, signal, position, s3: aws.s3 };
  const identifiers = readIdentifiers(files.input, group, { ...reading, fail, note: output.note });
  const target = { runtime: await aws.bulkRuntime(), group, nameOrArn: input.group };
  const featureNames = input.featureNames && columns.map(({ name }) => name);
  const options = { ...input, featureNames, ...run.watching };
  for await (const page of readRecords(target, identifiers, options)) {
    if (position.total) tally.share = position.read / position.total;
    yield page;
  }
}

type Settling = Job & { output: RowWriter; missing: Missing; run: BulkRun };

/** Writes the records of a page, each as often as it was requested. */
async function settle({ identifiers, records }: RecordPage, { toRow, output, missing, run }: Settling): Promise<void> {
  const rows: OutputRow[] = [];
  const without: string[] = [];
  let units = 0;
  for (const record of records.values()) units += readUnitsOf(record);
  for (const identifier of identifiers) {
    const record = records.get(identifier);
    if (record) rows.push(toRow(record));
    else without.push(identifier);
  }
  await output.write(rows);
  await missing.add(without);
  run.tally.ok += rows.length;
  run.tally.readUnits = (run.tally.readUnits ?? 0) + units;
  run.tally.skipped = missing.count();
  run.tally.missing = missing.count();
}
