/** `delete-record`: deletes records by identifier. */
import type { Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { describeError } from '../../describe-error.js';
import { CommandError, PartialFailure, UsageError } from '../../errors.js';
import { eventTimeForm, nowAs, parseEventTime } from '../../feature-store/records/event-time.js';
import { whichStore } from '../../feature-store/access/which-store.js';
import {
  describeFeatureGroup,
  eventTimeTypeOf,
  type FeatureGroup,
  checkSameGroup,
} from '../../feature-store/groups/describe.js';
import { requireConsent } from '../../utils/terminal/consent.js';
import {
  addConsentOptions,
  allOptions,
  isForced,
  targetStoresOption,
  type ConsentOptions,
  type TargetStore,
} from '../options/options.js';
import { wrapped } from '../options/wrapped.js';

interface DeleteRecordInput extends ConsentOptions {
  eventTime?: string;
  hard?: boolean;
  soft?: boolean;
  targetStores?: TargetStore[];
}
type Input = DeleteRecordInput & GlobalOptions & { group: string; ids: string[] };

const EXAMPLES = `
A soft deletion leaves a tombstone, so that an older event cannot bring the record back. A hard one
leaves nothing in the online store. Either way the offline store keeps the history, and gets one more
row that marks the deletion.

Examples:
  sagemaker-fs delete-record customers 42
  sagemaker-fs delete-record customers 42 43 44 --hard --force`;

export function addDeleteRecord(program: Command, open: OpenContext): void {
  const command = program
    .command('delete-record')
    .description('Delete records by identifier, after asking.')
    .argument('<group>', 'name or ARN of the feature group')
    .argument('<record-id...>', 'identifiers of the records')
    .option('--soft', 'leave a tombstone (default)')
    .option('--hard', 'leave nothing in the online store')
    .option('--event-time <time>', "event time of the deletion, later than the record's own (default: now)")
    .addOption(targetStoresOption())
    .addHelpText('after', wrapped(EXAMPLES))
    .action((group: string, ids: string[]) => {
      const options = allOptions<DeleteRecordInput>(command);
      return deleteRecords({ group, ids, ...options }, open(options));
    });
  addConsentOptions(command);
}

async function deleteRecords(input: Input, context: Context): Promise<void> {
  if (input.hard && input.soft) throw new UsageError('--soft and --hard cannot be used together: choose one.');
  if (input.ids.includes('')) throw new UsageError('A record identifier is empty: nothing was deleted.');
  const group = await describeFeatureGroup(context.aws, input.group, context.signal);
  const type = eventTimeTypeOf(group);
  const eventTime = input.eventTime ?? nowAs(type, context.now());
  if (parseEventTime(eventTime, type) === undefined) {
    throw new UsageError(
      `--event-time ${eventTime}: it is not ${eventTimeForm(type).expected}, as ${group.name} has it.`,
    );
  }
  await requireConsent(context, {
    force: isForced(input),
    plan: `In ${await whichStore(context, group.arn)}: this deletes ${records(input.ids)} from ${group.name}: ${input.ids.slice(0, 10).join(', ')}${input.ids.length > 10 ? ', …' : ''}.`,
    answer: group.name,
  });
  await checkSameGroup(context.aws, { group, nameOrArn: input.group }, context.signal);
  const failed: string[] = [];
  for (const id of input.ids) {
    try {
      await deleteOne({ ...input, id, eventTime }, { group, context });
    } catch (error) {
      if (context.signal.aborted) context.output.warn(`it is not known whether record ${id} was deleted.`);
      if (context.signal.aborted || input.ids.length === 1) throw error;
      failed.push(id);
      context.output.warn(`${id}: ${describeError(error).message}`);
    }
  }
  if (failed.length > 0) throw new PartialFailure(`${failed.length} of ${input.ids.length} records were not deleted.`);
  context.output.note(`Deleted ${records(input.ids)} from ${group.name}.`);
}

interface Deletion extends Input {
  id: string;
  eventTime: string;
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
  const { Record: left } = await client.send(new GetRecordCommand(record), { abortSignal: context.signal });
  if (!left) return;
  const own = left.find(({ FeatureName }) => FeatureName === group.eventTime)?.ValueAsString;
  throw new CommandError(
    `Record ${input.id} is still there: its event time ${own} is not earlier than ${input.eventTime}; pass a later --event-time.`,
  );
}

const records = ({ length }: string[]) => (length === 1 ? '1 record' : `${length} records`);
