/** `put`: writes one record from a plain JSON object. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { CommandError, NotFoundError, UsageError } from '../../errors.js';
import { expiryAt } from '../../feature-store/records/expiry.js';
import {
  describeFeatureGroup,
  eventTimeTypeOf,
  type FeatureGroup,
  type TimeToLive,
} from '../../feature-store/groups/describe.js';
import { compareEventTimes, parseEventTime } from '../../feature-store/records/event-time.js';
import { eventTimeIn } from '../../feature-store/records/record-rows.js';
import { traitsOf } from '../../feature-store/groups/storage-types.js';
import { checkWritable } from '../../feature-store/groups/writable.js';
import { refuseOther } from '../../feature-store/online/answered-records.js';
import { openConversions } from '../../feature-store/records/conversions.js';
import { isProblems, recordShaper } from '../../feature-store/records/shape.js';
import { readWholeText } from '../../files/bytes.js';
import { awsRecord } from '../../files/json/json-shapes.js';
import { NotARow, notJson, parseExact, parseRow, type Row } from '../../utils/json.js';
import { acting, dryRunOption, targetStoresOption, ttlOption, userPath } from '../options/options.js';
import { counted } from '../../utils/quantities.js';
import { featureValues } from '../../feature-store/records/record-json.js';
import type { ShapedRecord } from '../../feature-store/records/rows.js';
import type { TargetStore } from '../../feature-store/online/types.js';
import { wrapped } from '../options/wrapped.js';

interface Input extends GlobalOptions {
  group: string;
  record: string;
  ttl?: TimeToLive;
  targetStores?: TargetStore[];
  update?: boolean;
  ignoreUnknown?: boolean;
  dryRun?: boolean;
}

const EXAMPLES = `
The JSON object has feature names and values; a record as AWS prints it will do, too. null leaves a
feature out. The record replaces the one with the same identifier as a whole. If that has a later
event time, it stays, and the new one is kept in the offline store only.

Examples:
  sagemaker-fs put customers --record '{"id": "42", "age": 31, "city": "Zürich"}'
  sagemaker-fs put customers --record '{"id": "42", "age": 32}' --update
  sagemaker-fs put customers --record @customer.json --ttl 30d
  jq -c .customer event.json | sagemaker-fs put customers --record -`;

export function addPut(program: Command, open: OpenContext): void {
  program
    .command('put')
    .description('Write one record. A missing event time is filled with now.')
    .argument('<group>', 'name or ARN of the feature group')
    .requiredOption('--record <json>', 'a JSON object of feature names and values, @file, or - for stdin')
    .addOption(ttlOption())
    .addOption(targetStoresOption())
    .option('--update', 'change only the features in the JSON object')
    .option('--ignore-unknown', 'leave out features that the group does not have')
    .addOption(dryRunOption('check the record, print what would be sent, and send nothing'))
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, put, 'group'));
}

async function put(input: Input, context: Context): Promise<void> {
  const { aws, output } = context;
  const row = parseRecord(await readRecord(input.record, context));
  const group = await describeFeatureGroup(aws, input.group, context.signal);
  checkWritable(group, input);
  if (input.update && !group.online)
    throw new UsageError(`--update needs an online store, and ${group.name} has none.`);
  const { ignoreUnknown } = input;
  const conversions = openConversions();
  const shaped = recordShaper(group, { ignoreUnknown, fillEventTime: context.serviceNow(), conversions })(row);
  if (isProblems(shaped)) throw new UsageError(shaped.map(({ message }) => message).join(' '));
  const converted = conversions.summary();
  if (converted) output.note(converted);
  if (shaped.filledEventTime) output.note(`${group.eventTime} was missing: filled with ${shaped.eventTime}.`);
  if (!input.update) return send(input, { group, shaped }, context);
  if (traitsOf(group.online!.storageType).updatesRecords) return update(input, { group, shaped }, context);
  // Not atomic.
  const merged = await mergeWithOnline(input, { shaped, group }, context);
  const isOnline = input.targetStores?.includes('OnlineStore') ?? true;
  const ttl = input.ttl ?? (isOnline ? merged.ttl : undefined);
  return send({ ...input, ttl }, { group, shaped, record: merged.record }, context);
}

async function readRecord(record: string, { aws, cwd, stdin, signal }: Context): Promise<string> {
  const path = record === '-' ? record : record.startsWith('@') ? userPath(cwd, record.slice(1)) : undefined;
  return path === undefined ? record : readWholeText({ path, stdin, s3: aws.s3, signal });
}

function parseRecord(json: string): Row {
  try {
    return awsRecord(parseExact(json)) ?? parseRow(json);
  } catch (error) {
    const what = error instanceof NotARow ? error.message : notJson(json);
    throw new UsageError(`--record is not a JSON object of feature names and values: ${what}`, { cause: error });
  }
}

interface Sent {
  group: FeatureGroup;
  shaped: ShapedRecord;
  /** What is sent, if it differs from the shaped record. */
  record?: FeatureValue[];
}

async function send(input: Input, { group, shaped, record }: Sent, context: Context): Promise<void> {
  const { aws, output, signal } = context;
  const request = { ...destinationOf(input), Record: record ?? featureValues(shaped.json) };
  if (input.dryRun) return output.value(request, { format: 'json' });
  await unlessBrokenOff(aws.call('PutRecord', request, { abortSignal: signal }), { shaped, context });
  output.note(`Put record ${shaped.identifier} into ${group.name}.`);
  if (expiryAt(context.serviceNow(), { ...input, group })?.(shaped))
    output.warn('the record is older than its time to live, so the online store does not keep it.');
}

const destinationOf = ({ group, targetStores, ttl }: Input) => ({
  FeatureGroupName: group,
  TargetStores: targetStores,
  TtlDuration: ttl && { Unit: ttl.unit, Value: ttl.value },
});

/** An interrupted call may have reached the service. */
async function unlessBrokenOff(
  sent: Promise<unknown>,
  { shaped, context }: { shaped: ShapedRecord; context: Context },
): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (context.signal.aborted) context.output.warn(`it is not known whether record ${shaped.identifier} was written.`);
    throw error;
  }
}

async function update(input: Input, { group, shaped }: Sent, context: Context): Promise<void> {
  const { aws, output, signal } = context;
  const { identifier } = shaped;
  const features = featureValues(shaped.json).filter(({ FeatureName }) => FeatureName !== group.recordIdentifier);
  const request = { ...destinationOf(input), RecordIdentifierValueAsString: identifier, Features: features };
  if (input.dryRun) return output.value(request, { format: 'json' });
  const [client, { UpdateRecordCommand }] = await Promise.all([
    aws.runtime(),
    import('../../sdk/featurestore-runtime.js'),
  ]);
  await unlessBrokenOff(client.send(new UpdateRecordCommand(request), { abortSignal: signal }), { shaped, context });
  output.note(`Updated ${counted(features.length, 'feature')} of record ${identifier} in ${group.name}.`);
}

/**
 * What UpdateRecord would make of the record: it keeps its own time to live, and is not changed by an older event.
 * @throws CommandError where the record has a later event time
 */
async function mergeWithOnline(
  input: Input,
  { shaped, group }: Sent,
  { aws, signal }: Context,
): Promise<{ record: FeatureValue[]; ttl?: TimeToLive }> {
  const request = {
    FeatureGroupName: input.group,
    RecordIdentifierValueAsString: shaped.identifier,
    ExpirationTimeResponse: 'Enabled' as const,
  };
  const { Record: current, ExpiresAt } = await aws.call('GetRecord', request, { abortSignal: signal });
  if (!current) throw new NotFoundError(`There is no record ${shaped.identifier} in ${group.name} to update.`);
  refuseOther('GetRecord', { record: current, identifier: shaped.identifier, group });
  const type = eventTimeTypeOf(group);
  const time = eventTimeIn(current, group) ?? '';
  if (compareEventTimes(time, shaped.eventTime, type) > 0)
    throw new CommandError(
      `Record ${shaped.identifier} of ${group.name} has a later event time, ${time}, than ${shaped.eventTime}: nothing was written.`,
    );
  const changes = featureValues(shaped.json);
  const changed = new Set(changes.map(({ FeatureName }) => FeatureName));
  return {
    record: [...current.filter(({ FeatureName }) => !changed.has(FeatureName)), ...changes],
    ttl: lifeOf(ExpiresAt, parseEventTime(time, type)),
  };
}

/** The time to live that a record was written with, its own or that of its group then. */
function lifeOf(expiresAt: string | undefined, instant: bigint | undefined): TimeToLive | undefined {
  if (expiresAt === undefined || instant === undefined) return undefined;
  const seconds = Math.round((Date.parse(expiresAt) - Number(instant / 1_000_000n)) / 1000);
  return seconds >= 1 ? { unit: 'Seconds', value: seconds } : undefined;
}
