/** `delete-record`: deletes records by identifier, named on the command line or in a file. */
import { Option, type Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { eventTimeForm, nowAs, parseEventTime } from '../../feature-store/records/event-time.js';
import { besideInput, errorsFile } from '../../feature-store/bulk/errors-file.js';
import { typedOptions } from '../../feature-store/bulk/resume/deciding-options.js';
import { deleteAllNamed, namedByHand, readNamed, type Named } from '../../feature-store/bulk/named-deletions.js';
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
import { counted, listed } from '../../utils/quantities.js';
import { requireConsent } from '../../utils/terminal/consent.js';
import { folded } from '../../utils/terminal/fold.js';
import {
  addBulkOptions,
  addConsentOptions,
  acting,
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
    .action(acting(open, deleteRecords, 'group', 'ids'));
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
  const { aws, output, signal } = context;
  const file = input.idsFile === undefined ? undefined : userPath(context.cwd, input.idsFile);
  const errors = await errorsFileOf(input, context);
  const { inputFormat: format, delimiter } = input;
  const named = await (file === undefined
    ? namedByHand(group, input.ids)
    : readNamed(group, context, { file, format, delimiter }));
  try {
    const plan = await planOf(named, input, { group, context });
    if (input.dryRun) return await output.text(folded(plan, output.stdout.width, 2));
    await requireConsent(context, { force: isForced(input), plan, answer: group.name });
    await checkSameGroup(aws, { group, nameOrArn: input.group }, signal);
    const target = { runtime: await aws.bulkRuntime(), group, nameOrArn: input.group };
    const { hard, targetStores, maxErrors } = input;
    const kept = [...(hard ? ['--hard'] : []), ...Object.values(typedOptions({ targetStores })).flat()];
    const retry = (again: string) => nextCommand(input, ['delete-record', input.group, '--ids-file', again, ...kept]);
    const deletion = { eventTime, hard, targetStores };
    const options = { effort: input, input: file, maxErrors, errorsFile: errors, retry };
    await deleteAllNamed(context, { target, named, deletion }, options);
  } finally {
    await named.remove();
  }
}

/** Checked before the input is read. Failures of identifiers that were typed are kept only where that is asked for. */
async function errorsFileOf(
  { idsFile, errorsFile: given, dryRun }: Input,
  context: Context,
): Promise<string | undefined> {
  if (dryRun || (idsFile === undefined && given === undefined)) return undefined;
  return errorsFile({ given, otherwise: besideInput(context.cwd, idsFile ?? '') }, context);
}

async function planOf(
  { count, first, ...named }: Named,
  { idsFile }: Input,
  { group, context }: { group: FeatureGroup; context: Context },
): Promise<string> {
  const bad = named.failures.length + named.moreFailures;
  const from = idsFile === undefined ? '' : `, named in ${nameOf(idsFile)}`;
  const plan = `In ${await whichStore(context, group.arn)}: this deletes ${counted(count, 'record')} from ${group.name}${from}: ${listed(first, count)}.`;
  if (bad === 0) return plan;
  return `${plan} ${counted(bad, 'row')} without an identifier ${bad === 1 ? 'is' : 'are'} a failure each.`;
}
