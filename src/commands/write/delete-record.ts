/** `delete-record`: deletes records by identifier, named on the command line or in a file. */
import { Option, type Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { describeError } from '../../describe-error.js';
import { CommandError, PartialFailure, UsageError } from '../../errors.js';
import { eventTimeForm, nowAs, parseEventTime } from '../../feature-store/records/event-time.js';
import { besideInput, errorsFile } from '../../feature-store/bulk/errors-file.js';
import { storeWords } from '../../feature-store/bulk/resume/deciding-options.js';
import { deleteAllNamed, readNamed } from '../../feature-store/bulk/named-deletions.js';
import { unproved } from '../../feature-store/online/delete/delete-named.js';
import type { TargetStore } from '../../feature-store/online/types.js';
import { whichStore } from '../../feature-store/access/which-store.js';
import {
  describeFeatureGroup,
  eventTimeTypeOf,
  type FeatureGroup,
  checkSameGroup,
} from '../../feature-store/groups/describe.js';
import { nameOf } from '../../files/file-handler.js';
import { READABLE_FORMATS, type Format } from '../../files/formats.js';
import { userPath } from '../../files/whole-file.js';
import { nextCommand } from '../../utils/command-line.js';
import { counted } from '../../utils/quantities.js';
import { requireConsent } from '../../utils/terminal/consent.js';
import {
  addBulkOptions,
  addConsentOptions,
  allOptions,
  delimiterOption,
  dryRunOption,
  isForced,
  targetStoresOption,
  type ConsentOptions,
  type BulkInput,
} from '../options/options.js';
import { wrapped } from '../options/wrapped.js';

interface DeleteRecordInput extends BulkInput, ConsentOptions {
  eventTime?: string;
  hard?: boolean;
  soft?: boolean;
  targetStores?: TargetStore[];
  idsFile?: string;
  delimiter?: string;
  inputFormat?: Format;
  dryRun?: boolean;
}
type Input = DeleteRecordInput & GlobalOptions & { group: string; ids: string[] };

const EXAMPLES = `
A soft deletion leaves a tombstone, so that an older event cannot bring the record back. A hard one
leaves nothing in the online store. Either way the offline store keeps the history, and gets one more
row that marks the deletion.

--ids-file takes what bulk-get takes: the column named like the group's record identifier, else
record_id or id, else the only column; a JSON array of values; or one on each line. - is stdin.

Examples:
  sagemaker-fs delete-record customers 42
  sagemaker-fs delete-record customers 42 43 44 --hard --force
  sagemaker-fs delete-record customers --ids-file ids.csv --dry-run
  sagemaker-fs delete-record customers --ids-file ids.csv --max-workers 16`;

export function addDeleteRecord(program: Command, open: OpenContext): void {
  const command = program
    .command('delete-record')
    .description('Delete records by identifier, after asking.')
    .argument('<group>', 'name or ARN of the feature group')
    .argument('[record-id...]', 'identifiers of the records')
    .option('--ids-file <file>', 'a file of identifiers instead, or - for stdin')
    .addOption(new Option('--input-format <format>', 'what that file is, whatever its name').choices(READABLE_FORMATS))
    .addOption(delimiterOption())
    .option('--soft', 'leave a tombstone (default)')
    .option('--hard', 'leave nothing in the online store')
    .option('--event-time <time>', "event time of the deletion, later than the record's own (default: now)")
    .addOption(targetStoresOption())
    .addOption(dryRunOption('read the identifiers, print the plan, and delete nothing'));
  addConsentOptions(command);
  addBulkOptions(command)
    .addHelpText('after', wrapped(EXAMPLES))
    .action((group: string, ids: string[]) => {
      const options = allOptions<DeleteRecordInput>(command);
      return deleteRecords({ group, ids, ...options }, open(options));
    });
}

async function deleteRecords(input: Input, context: Context): Promise<void> {
  if (input.hard && input.soft) throw new UsageError('--soft and --hard cannot be used together: choose one.');
  if (input.ids.includes('')) throw new UsageError('A record identifier is empty: nothing was deleted.');
  if ((input.ids.length === 0) === (input.idsFile === undefined))
    throw new UsageError('Name the records either as arguments or with --ids-file FILE.');
  if (input.idsFile === '-' && !isForced(input) && !input.dryRun)
    throw new UsageError('--ids-file - needs --force, as stdin cannot take your answer to the question as well.');
  const group = await describeFeatureGroup(context.aws, input.group, context.signal);
  const type = eventTimeTypeOf(group);
  const eventTime = input.eventTime ?? nowAs(type, context.serviceNow());
  if (parseEventTime(eventTime, type) === undefined) {
    throw new UsageError(
      `--event-time ${eventTime} is not ${eventTimeForm(type).expected}, as ${group.name} needs it.`,
    );
  }
  if (input.idsFile !== undefined)
    return deleteFile({ ...input, idsFile: input.idsFile, eventTime }, { group, context });
  const plan = await planOf(input, { count: input.ids.length, first: input.ids, group, context });
  if (input.dryRun) return context.output.text(plan);
  await requireConsent(context, { force: isForced(input), plan, answer: group.name });
  await checkSameGroup(context.aws, { group, nameOrArn: input.group }, context.signal);
  const [failed, unsure]: [string[], string[]] = [[], []];
  for (const id of input.ids) {
    try {
      await deleteOne({ ...input, id, eventTime }, { group, context });
    } catch (error) {
      if (context.signal.aborted) {
        const isAccepted = error instanceof Unproved;
        context.output.warn(isAccepted ? error.message : `it is not known whether record ${id} was deleted.`);
        throw isAccepted ? error.cause : error;
      }
      if (input.ids.length === 1) throw error;
      (error instanceof Unproved ? unsure : failed).push(id);
      context.output.warn(error instanceof Unproved ? error.message : `${id}: ${describeError(error).message}`);
    }
  }
  const of = `of ${counted(input.ids.length, 'record')}`;
  const parts = [
    failed.length > 0 && `${failed.length} ${of} were not deleted`,
    unsure.length > 0 && `the deletion of ${unsure.length} ${of} was accepted, but not proved`,
  ].filter((part) => part !== false);
  if (parts.length > 0) throw new PartialFailure(`${parts.join('; ')}.`);
  context.output.note(`Deleted ${counted(input.ids.length, 'record')} from ${group.name}.`);
}

interface Planned {
  count: number;
  first: string[];
  group: FeatureGroup;
  context: Context;
}

async function planOf(input: Input, { count, first, group, context }: Planned): Promise<string> {
  const some = `${first.slice(0, 10).join(', ')}${count > 10 ? ', …' : ''}`;
  const from = input.idsFile === undefined ? '' : `, named in ${nameOf(input.idsFile)}`;
  return `In ${await whichStore(context, group.arn)}: this deletes ${counted(count, 'record')} from ${group.name}${from}: ${some}.`;
}

/** Every file that will be written is checked before the input is read. */
async function deleteFile(
  input: Input & { idsFile: string; eventTime: string },
  { group, context }: { group: FeatureGroup; context: Context },
): Promise<void> {
  const { cwd, aws, output, signal } = context;
  const { inputFormat: format, delimiter, eventTime, hard, targetStores, maxErrors } = input;
  const file = userPath(cwd, input.idsFile);
  const otherwise = besideInput(cwd, input.idsFile);
  const errors = input.dryRun ? undefined : await errorsFile({ given: input.errorsFile, otherwise }, context);
  const named = await readNamed(group, context, { file, format, delimiter });
  try {
    const bad = named.failures.length + named.moreFailures;
    const plan = [await planOf(input, { ...named, group, context })];
    if (bad > 0) plan.push(`${counted(bad, 'row')} without an identifier ${bad === 1 ? 'is' : 'are'} a failure each.`);
    if (input.dryRun) return await output.text(plan);
    await requireConsent(context, { force: isForced(input), plan, answer: group.name });
    await checkSameGroup(aws, { group, nameOrArn: input.group }, signal);
    const target = { runtime: await aws.bulkRuntime(), group, nameOrArn: input.group };
    const retry = (again: string) =>
      nextCommand(input, [
        'delete-record',
        input.group,
        '--ids-file',
        again,
        ...(hard ? ['--hard'] : []),
        ...(targetStores ? ['--target-stores', storeWords(targetStores)] : []),
      ]);
    const deletion = { eventTime, hard, targetStores };
    await deleteAllNamed(
      context,
      { target, named, deletion },
      { effort: input, input: file, maxErrors, errorsFile: errors, retry },
    );
  } finally {
    await named.remove();
  }
}

interface Deletion extends Input {
  id: string;
  eventTime: string;
}

/** The service took the deletion, and nothing more is known. */
class Unproved extends CommandError {
  constructor(id: string, cause: unknown) {
    super(`Record ${id}: ${unproved(cause)}`, describeError(cause).exitCode, { cause });
  }
}

async function deleteOne(
  input: Deletion,
  { group, context }: { group: FeatureGroup; context: Context },
): Promise<void> {
  const [client, { DeleteRecordCommand, GetRecordCommand }] = await Promise.all([
    context.aws.runtime(),
    import('../../sdk/featurestore-runtime.js'),
  ]);
  const record = { FeatureGroupName: input.group, RecordIdentifierValueAsString: input.id };
  const deletion = new DeleteRecordCommand({
    ...record,
    EventTime: input.eventTime,
    TargetStores: input.targetStores,
    DeletionMode: input.hard ? 'HardDelete' : 'SoftDelete',
  });
  await client.send(deletion, { abortSignal: context.signal });
  if (!group.online || (input.targetStores && !input.targetStores.includes('OnlineStore'))) return;
  // A soft deletion that is not later than the record is answered with 200, but leaves the record in place.
  const read = client.send(new GetRecordCommand(record), { abortSignal: context.signal });
  const { Record: left } = await read.catch((error: unknown) => {
    throw new Unproved(input.id, error);
  });
  if (!left) return;
  const own = left.find(({ FeatureName }) => FeatureName === group.eventTime)?.ValueAsString;
  throw new CommandError(
    `Record ${input.id} is still there: its event time ${own} is not earlier than ${input.eventTime}; pass a later --event-time.`,
  );
}
