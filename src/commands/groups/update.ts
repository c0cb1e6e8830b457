/** `update`: changes an existing group: TTL, throughput, Standard to Standard_V2, descriptions and parameters of features, tags. */
import type { UpdateFeatureMetadataCommandInput } from '@aws-sdk/client-sagemaker';
import { Option, type Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { parseTag } from '../../feature-store/groups/create.js';
import {
  checkSameGroup,
  describeFeatureGroup,
  type FeatureGroup,
  type TimeToLive,
} from '../../feature-store/groups/describe.js';
import { checkUpdatable, updateFeatureGroup, type GroupChange } from '../../feature-store/groups/update.js';
import { whichStore } from '../../feature-store/access/which-store.js';
import { requireConsent } from '../../utils/terminal/consent.js';
import { didYouMean } from '../../utils/nearest.js';
import {
  addConsentOptions,
  addThroughputOptions,
  addWaitOptions,
  acting,
  collect,
  commaList,
  dryRunOption,
  isForced,
  timeToLive,
  type ConsentOptions,
  type WaitOptions,
} from '../options/options.js';
import { wrapped } from '../options/wrapped.js';

interface Input extends ConsentOptions, WaitOptions, GlobalOptions {
  group: string;
  ttl?: TimeToLive | false;
  throughputMode?: 'OnDemand' | 'Provisioned';
  readCapacityUnits?: number;
  writeCapacityUnits?: number;
  storageType?: 'Standard_V2';
  featureDescription?: string[];
  featureParameter?: string[];
  removeFeatureParameter?: string[];
  tags?: string[];
  removeTags?: string[];
  dryRun?: boolean;
}

const EXAMPLES = `
A new TTL holds for records that are written from now on. Throughput can be switched to OnDemand once
in 24 hours. --storage-type asks first, since there is no way back.

Examples:
  sagemaker-fs update customers --ttl 90d
  sagemaker-fs update customers --no-ttl
  sagemaker-fs update customers --tags team=growth --remove-tags draft
  sagemaker-fs update customers --feature-description "age=in whole years" --feature-parameter age:owner=growth
  sagemaker-fs update customers --throughput-mode Provisioned --read-capacity-units 100 --write-capacity-units 50
  sagemaker-fs update customers --storage-type Standard_V2`;

export function addUpdate(program: Command, open: OpenContext): void {
  const command = program
    .command('update')
    .description('Change the settings of a feature group, and wait until they are in force.')
    .argument('<group>', 'name or ARN of the feature group')
    .option('--ttl <duration>', 'time to live of records written from now on, such as 30d', timeToLive)
    .option('--no-ttl', 'records written from now on do not expire');
  addThroughputOptions(command)
    .addOption(
      new Option('--storage-type <type>', 'change a Standard online store to this, for good').choices(['Standard_V2']),
    )
    .option('--feature-description <feature=text>', 'describe a feature; can be repeated', collect)
    .option('--feature-parameter <feature:key=value>', 'set a parameter of a feature; can be repeated', collect)
    .option('--remove-feature-parameter <feature:key>', 'remove a parameter; can be repeated', collect)
    .option('--tags <key=value>', 'set a tag; can be repeated', collect)
    .option('--remove-tags <keys>', 'remove tags, separated by commas', commaList)
    .addOption(dryRunOption('print the requests as JSON and send nothing'));
  addConsentOptions(addWaitOptions(command))
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, update, 'group'));
}

async function update(input: Input, context: Context): Promise<void> {
  const { aws, output, signal } = context;
  const group = await describeFeatureGroup(aws, input.group, signal);
  checkUpdatable(group, 'it can be updated');
  const plan = planUpdate(input, group);
  if (input.dryRun) return output.value(requestsOf(plan, group), { format: 'json' });
  if (input.storageType) await askForUpgrade(input, group, context);
  await updateFeatureGroup(context, input.group, {
    changes: plan.changes,
    wait: input.wait !== false,
    seconds: input.waitFor,
  });
  await sendMetadata(plan, { group, nameOrArn: input.group, context });
  output.note(`${input.wait === false && plan.changes.length > 0 ? 'Updating' : 'Updated'} ${group.name}.`);
  await output.result(`${group.arn}\n`);
}

interface UpdatePlan {
  changes: GroupChange[];
  features: Omit<UpdateFeatureMetadataCommandInput, 'FeatureGroupName'>[];
  tags: { Key: string; Value: string }[];
  removedTags: string[];
}

/** @throws UsageError where nothing is to be changed, or something that this group has not */
function planUpdate(input: Input, group: FeatureGroup): UpdatePlan {
  const plan = {
    changes: [...onlineChange(input, group), ...throughputChange(input)],
    features: featureChanges(input, group),
    tags: (input.tags ?? []).map(parseTag),
    removedTags: input.removeTags ?? [],
  };
  if (Object.values(plan).every((changes) => changes.length === 0))
    throw new UsageError('Say what to change, such as --ttl 30d or --tags team=growth; --help lists all.');
  return plan;
}

function onlineChange({ ttl, storageType }: Input, group: FeatureGroup): GroupChange[] {
  if (ttl === undefined && storageType === undefined) return [];
  if (!group.online)
    throw new UsageError(
      `Feature group ${group.name} has no online store, so ${storageType ? '--storage-type' : '--ttl'} cannot be used.`,
    );
  if (storageType && group.online.storageType !== 'Standard')
    throw new UsageError(
      `The online store of ${group.name} is ${group.online.storageType}: only Standard can become Standard_V2.`,
    );
  const TtlDuration = ttl === false ? {} : ttl && { Unit: ttl.unit, Value: ttl.value };
  return [
    { OnlineStoreConfig: { ...(TtlDuration && { TtlDuration }), ...(storageType && { StorageType: storageType }) } },
  ];
}

function throughputChange({ throughputMode, readCapacityUnits, writeCapacityUnits }: Input): GroupChange[] {
  const units = [readCapacityUnits, writeCapacityUnits].filter((number) => number !== undefined);
  if (throughputMode === undefined && units.length === 0) return [];
  if (throughputMode !== 'Provisioned' && units.length > 0)
    throw new UsageError('--read-capacity-units and --write-capacity-units need --throughput-mode Provisioned.');
  if (throughputMode === 'Provisioned' && units.length < 2)
    throw new UsageError('--throughput-mode Provisioned needs --read-capacity-units and --write-capacity-units.');
  return [
    {
      ThroughputConfig: {
        ThroughputMode: throughputMode,
        ...(units.length > 0 && {
          ProvisionedReadCapacityUnits: readCapacityUnits,
          ProvisionedWriteCapacityUnits: writeCapacityUnits,
        }),
      },
    },
  ];
}

/** One UpdateFeatureMetadata call for each named feature. */
function featureChanges(input: Input, group: FeatureGroup): UpdatePlan['features'] {
  const changes = new Map<string, UpdatePlan['features'][number]>();
  const changeOf = (name: string) => {
    const known = group.features.map((feature) => feature.name);
    if (!known.includes(name))
      throw new UsageError(`Feature group ${group.name} has no feature ${name}.${didYouMean(name, known)}`);
    if (!changes.has(name)) changes.set(name, { FeatureName: name });
    return changes.get(name)!;
  };
  for (const text of input.featureDescription ?? []) {
    const [name, description] = cut(text, '=', '--feature-description', 'feature=text');
    changeOf(name).Description = description;
  }
  for (const text of input.featureParameter ?? []) {
    const [name, pair] = cut(text, ':', '--feature-parameter', 'feature:key=value');
    const [Key, Value] = cut(pair, '=', '--feature-parameter', 'feature:key=value');
    (changeOf(name).ParameterAdditions ??= []).push({ Key, Value });
  }
  for (const text of input.removeFeatureParameter ?? []) {
    const [name, key] = cut(text, ':', '--remove-feature-parameter', 'feature:key');
    (changeOf(name).ParameterRemovals ??= []).push(key);
  }
  return [...changes.values()];
}

// A text, where to cut it, and what to say where that cannot be done.
// eslint-disable-next-line max-params
function cut(text: string, at: string, option: string, form: string): [string, string] {
  const index = text.indexOf(at);
  if (index < 1) throw new UsageError(`${option} ${text} is not ${form}.`);
  return [text.slice(0, index), text.slice(index + 1)];
}

function requestsOf({ changes, features, tags, removedTags }: UpdatePlan, { name, arn }: FeatureGroup): object[] {
  return [
    ...changes.map((change) => ({ UpdateFeatureGroup: { FeatureGroupName: name, ...change } })),
    ...features.map((feature) => ({ UpdateFeatureMetadata: { FeatureGroupName: name, ...feature } })),
    ...(tags.length > 0 ? [{ AddTags: { ResourceArn: arn, Tags: tags } }] : []),
    ...(removedTags.length > 0 ? [{ DeleteTags: { ResourceArn: arn, TagKeys: removedTags } }] : []),
  ];
}

async function askForUpgrade(input: Input, group: FeatureGroup, context: Context): Promise<void> {
  await requireConsent(context, {
    force: isForced(input),
    plan: `In ${await whichStore(context, group.arn)}: this turns the online store of ${group.name} from Standard into Standard_V2 for good: there is no way back.`,
    answer: group.name,
  });
  await checkSameGroup(context.aws, { group, nameOrArn: input.group }, context.signal);
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureMetadata.html */
async function sendMetadata(
  { features, tags, removedTags }: UpdatePlan,
  { group, nameOrArn, context }: { group: FeatureGroup; nameOrArn: string; context: Context },
): Promise<void> {
  const [client, sdk] = await Promise.all([context.aws.sagemaker(), import('../../sdk/sagemaker.js')]);
  const options = { abortSignal: context.signal };
  for (const feature of features)
    await client.send(new sdk.UpdateFeatureMetadataCommand({ FeatureGroupName: nameOrArn, ...feature }), options);
  if (tags.length > 0) await client.send(new sdk.AddTagsCommand({ ResourceArn: group.arn, Tags: tags }), options);
  if (removedTags.length > 0)
    await client.send(new sdk.DeleteTagsCommand({ ResourceArn: group.arn, TagKeys: removedTags }), options);
}
