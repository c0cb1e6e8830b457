/** `add-features`: new features for a group; what is there already is left alone, so that it can be run again. */
import type { Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import {
  hasFeature,
  MAX_ADDITIONS_PER_CALL,
  parseFeature,
  planAdditions,
} from '../../feature-store/schema/additions.js';
import { describeFeatureGroup } from '../../feature-store/groups/describe.js';
import { parseSchema } from '../../feature-store/schema/schema-file.js';
import { checkUpdatable, updateFeatureGroup, type GroupChange } from '../../feature-store/groups/update.js';
import { addWaitOptions, acting, collect, dryRunOption, userPath, type WaitOptions } from '../options/options.js';
import { wrapped } from '../options/wrapped.js';

interface Input extends WaitOptions, GlobalOptions {
  group: string;
  file?: string;
  feature?: string[];
  dryRun?: boolean;
}

const EXAMPLES = `
FILE is a schema file as for create; - is stdin. A feature that the group has with the same type is
skipped. One with another type is an error (exit 2), since types cannot be changed. Features cannot be
removed either: create another group and migrate into it.

Examples:
  sagemaker-fs add-features customers -f age:Integral -f segment:String
  sagemaker-fs add-features customers more.schema.json --dry-run
  sagemaker-fs add-features embeddings -f title_vector:Fractional:vector:384`;

export function addAddFeatures(program: Command, open: OpenContext): void {
  const command = program
    .command('add-features')
    .description('Add features to a group, and wait until the service has them.')
    .argument('<group>', 'name or ARN of the feature group')
    .argument('[file]', 'schema file with the features')
    .option(
      '-f, --feature <name:type>',
      'a feature, such as age:Integral or tags:String:list; can be repeated',
      collect,
    )
    .addOption(dryRunOption('print the requests as JSON and send nothing'));
  addWaitOptions(command)
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, addFeatures, 'group', 'file'));
}

async function addFeatures(input: Input, context: Context): Promise<void> {
  const { output } = context;
  const wanted = await readFeatures(input, context);
  const group = await describeFeatureGroup(context.aws, input.group, context.signal);
  checkUpdatable(group, 'features can be added');
  const { added, present } = planAdditions(group, wanted);
  const changes: GroupChange[] = [];
  for (let at = 0; at < added.length; at += MAX_ADDITIONS_PER_CALL)
    changes.push({ FeatureAdditions: added.slice(at, at + MAX_ADDITIONS_PER_CALL) });
  if (input.dryRun)
    return output.value(
      changes.map((change) => ({ FeatureGroupName: input.group, ...change })),
      { format: 'json' },
    );
  await updateFeatureGroup(context, input.group, {
    changes,
    wait: input.wait !== false,
    seconds: input.waitFor,
    isDone: (now, { FeatureAdditions = [] }) => FeatureAdditions.every((feature) => hasFeature(now, feature)),
  });
  const names = added.map(({ FeatureName }) => FeatureName);
  if (present.length > 0) output.note(`Already in ${group.name}: ${present.join(', ')}.`);
  if (added.length > 0)
    output.note(`${input.wait === false ? 'Adding' : 'Added'} to ${group.name}: ${names.join(', ')}.`);
  await output.result(names.map((name) => `${name}\n`).join(''));
}

async function readFeatures(input: Input, { aws, cwd, stdin, signal }: Context) {
  if ((input.file === undefined) === (input.feature === undefined))
    throw new UsageError('Say which features: either FILE or -f name:type, as often as needed.');
  if (input.feature) return input.feature.map(parseFeature);
  const { definitions = [] } = await parseSchema({ path: userPath(cwd, input.file!), stdin, s3: aws.s3, signal });
  if (definitions.length === 0) throw new UsageError(`${input.file} has no features.`);
  return definitions;
}
