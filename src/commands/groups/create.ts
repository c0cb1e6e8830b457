/** `create`: a feature group from a schema file, like another group, or inferred from a file of rows. */
import type { CreateFeatureGroupCommandInput } from '@aws-sdk/client-sagemaker';
import { Option, type Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { CommandError, UsageError, type AwsError } from '../../errors.js';
import {
  createRequest,
  DEFAULT_EVENT_TIME,
  type GroupSettings,
  type Schema,
} from '../../feature-store/groups/create.js';
import { describeFeatureGroup, findFeatureGroup, toDefinition } from '../../feature-store/groups/describe.js';
import { STORAGE_TYPES, traitsOf, typesWith } from '../../feature-store/groups/storage-types.js';
import { typeWords } from '../../feature-store/schema/feature-types.js';
import type { InferredFeature } from '../../feature-store/schema/infer.js';
import { parseSchema } from '../../feature-store/schema/schema-file.js';
import { mapOptions, nextCommand, shortPath } from '../../utils/command-line.js';
import { waitUntilCreated } from '../../feature-store/groups/wait.js';
import {
  addThroughputOptions,
  addWaitOptions,
  acting,
  collect,
  dryRunOption,
  timeToLive,
  userPath,
  type WaitOptions,
} from '../options/options.js';
import { addInferOptions, inferred, type InferInput } from '../options/infer-options.js';
import { wrapped } from '../options/wrapped.js';

interface Input extends GroupSettings, WaitOptions, InferInput, GlobalOptions {
  name: string;
  schemaFile?: string;
  like?: string;
  dryRun?: boolean;
}

const EXAMPLES = `
The schema file is a JSON array of {"FeatureName": …, "FeatureType": "String"}, where the type may
also be Integral or Fractional, or an object as DescribeFeatureGroup prints it. The group has an
online store unless you say --no-online-store, and an offline store if you give --s3-uri.

Examples:
  sagemaker-fs create customers --infer customers.csv --record-identifier-name id --event-time-feature-name updated_at
  sagemaker-fs create shops --infer shops.csv --map 'Shop No=id' --map 'Zip Code=zip' --type 'Zip Code=String'
  sagemaker-fs create customers-v2 --like customers --online-store
  sagemaker-fs create clicks --schema-file clicks.json --no-online-store --s3-uri s3://my-bucket/features --execution-role-arn arn:aws:iam::111122223333:role/FeatureStore`;

export function addCreate(program: Command, open: OpenContext): void {
  const command = program
    .command('create')
    .description('Create a feature group and wait until it is there; prints its ARN.')
    .argument('<name>', 'name of the new feature group')
    .addOption(new Option('--schema-file <file>', 'feature definitions as JSON').conflicts(['like', 'infer']))
    .addOption(
      new Option('--like <group>', 'same features and settings as this group').conflicts(['schemaFile', 'infer']),
    );
  addInferOptions(command, ['schemaFile', 'like'])
    .option('--record-identifier-name <feature>', 'feature that identifies a record (default: id)')
    .option('--event-time-feature-name <feature>', 'feature that holds the event time (default: event_time)')
    .option('--online-store', 'with an online store (default)')
    .option('--no-online-store', 'without an online store')
    .option('--offline-store', 'with an offline store (default if --s3-uri is given)')
    .option('--no-offline-store', 'without an offline store')
    .option('--s3-uri <uri>', 'where the offline store goes, such as s3://bucket/prefix')
    .option('--execution-role-arn <arn>', 'IAM role with which Feature Store writes there')
    .addOption(new Option('--table-format <format>', 'format of the offline store').choices(['Glue', 'Iceberg']))
    .addOption(new Option('--storage-type <type>', 'kind of online store').choices(STORAGE_TYPES))
    .option('--ttl <duration>', 'time to live of online records, such as 30d', timeToLive)
    .option('--kms-key-id <key>', 'KMS key of both stores');
  addThroughputOptions(command)
    .option('--description <text>', 'description of the group')
    .option('--tags <key=value>', 'a tag; can be repeated', collect)
    .addOption(dryRunOption('print the request as JSON and send nothing'));
  addWaitOptions(command)
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, create, 'name'));
}

async function create(input: Input, context: Context): Promise<void> {
  const request = createRequest(input.name, { settings: input, schema: await readSchema(input, context) });
  await refuseTaken(input.name, context);
  if (input.dryRun) return context.output.value(request, { format: 'json' });
  const arn = await sendCreate(request, context);
  if (input.wait !== false) {
    await waitUntilCreated(context, { name: input.name, seconds: input.waitFor });
    context.output.note(`Created ${input.name}.`);
  }
  if (input.map && input.infer !== '-') context.output.note(['To load the rows:', `  ${loading(input, context)}`]);
  await context.output.text(arn);
}

async function readSchema(input: Input, context: Context): Promise<Schema> {
  const { aws, cwd, stdin, signal } = context;
  const features = await inferred(input, context);
  if (features) {
    await tell(features, input, context);
    return { definitions: features.map(toDefinition) };
  }
  if (input.like) return { like: await describeFeatureGroup(aws, input.like, signal) };
  if (input.schemaFile) {
    const path = userPath(cwd, input.schemaFile);
    return parseSchema({ path, stdin, s3: aws.s3, signal });
  }
  throw new UsageError('Say what the features are: --schema-file FILE, --like GROUP or --infer FILE.');
}

/** The columns are named once more: bulk-put knows nothing of what was said here. */
function loading(input: Input, { cwd }: Context): string {
  const file = shortPath(userPath(cwd, input.infer!), cwd);
  const delimiter = input.delimiter === undefined ? [] : ['--delimiter', input.delimiter];
  return nextCommand(input, ['bulk-put', input.name, file, ...mapOptions(input.map!), ...delimiter]);
}

/** The guess, on stderr: stdout is for the ARN, or the request. */
async function tell(features: InferredFeature[], input: Input, { output }: Context): Promise<void> {
  const { renderTable } = await import('../../utils/terminal/table.js');
  const columns = [
    {
      name: 'Column',
      value: ({ column, name }: InferredFeature) => (column === name ? name : `${column || '""'} → ${name}`),
    },
    { name: 'Type', value: typeWords },
    { name: 'Why', value: (feature: InferredFeature) => feature.why },
    { name: 'Example', value: (feature: InferredFeature) => feature.example, importance: 1 },
  ];
  const table = renderTable(features, columns, { width: output.stderr.width, color: false });
  for (const line of table.trimEnd().split('\n')) output.note(line);
  if (features.some(({ collection }) => collection) && !traitsOf(input.storageType).takesCollections)
    output.note(`Collections need an online store of --storage-type ${typesWith('takesCollections')}.`);
  const eventTime = input.eventTimeFeatureName ?? DEFAULT_EVENT_TIME;
  if (!features.some(({ name }) => name === eventTime))
    output.note(
      `No column is called ${eventTime}. If another one holds the event time, name it with --event-time-feature-name. If none does, add an empty column to the file, and load it with bulk-put --fill-event-time.`,
    );
}

/** The service says so too, but to no dry run. Where the caller may not look, it is left to the service. */
async function refuseTaken(name: string, { aws, signal }: Context): Promise<void> {
  const group = await findFeatureGroup(aws, name, signal);
  if (group)
    throw new CommandError(
      `Feature group ${name} already exists, and is ${group.status}: take another name, or delete it first.`,
    );
}

async function sendCreate(request: CreateFeatureGroupCommandInput, { aws, signal }: Context): Promise<string> {
  const [client, { CreateFeatureGroupCommand }] = await Promise.all([
    aws.sagemaker(),
    import('../../sdk/sagemaker.js'),
  ]);
  const sent = client.send(new CreateFeatureGroupCommand(request), { abortSignal: signal });
  const { FeatureGroupArn } = await sent.catch((error: AwsError) => {
    if (error.name !== 'ResourceInUse' || (error.$metadata?.attempts ?? 1) === 1) throw error;
    throw new CommandError(
      `Feature group ${request.FeatureGroupName} exists now, most likely created by this command: its first answer was lost, and the call was sent again. Check that the group is as you want it.`,
    );
  });
  return FeatureGroupArn ?? '';
}
