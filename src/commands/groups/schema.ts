/** `schema`: the features of a group, for people, for other tools, or against another group; or those of a file. */
import { Option, type Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { CommandError, EXIT, UsageError } from '../../errors.js';
import {
  describeFeatureGroup,
  toDefinition,
  type FeatureDefinition,
  type FeatureGroup,
} from '../../feature-store/groups/describe.js';
import type { InferredFeature } from '../../feature-store/schema/infer.js';
import {
  SCHEMA_TEMPLATE,
  schemaFileOf,
  toCloudFormation,
  toHive,
  toTerraform,
} from '../../feature-store/schema/schema-formats.js';
import { alikeWords, matchSchemas, schemaDiff } from '../../feature-store/schema/schema-match.js';
import { mapOptions, nextCommand } from '../../utils/command-line.js';
import { renderJson } from '../../utils/formatter.js';
import { addInferOptions, inferred, type InferInput } from '../options/infer-options.js';
import { acting, outputOption } from '../options/options.js';
import type { Column } from '../../utils/terminal/table.js';
import { wrapped } from '../options/wrapped.js';

interface Input extends InferInput, GlobalOptions {
  group?: string;
  other?: string;
  outputFormat?: 'table' | 'json';
  format?: keyof typeof FORMATS;
  template?: boolean;
}

const FORMATS = {
  cloudformation: (group: FeatureGroup) => renderJson(toCloudFormation(group)),
  terraform: toTerraform,
  hive: toHive,
};

const EXAMPLES = `
Examples:
  sagemaker-fs schema customers
  sagemaker-fs schema customers -o json > customers.schema.json   # for create --schema-file
  sagemaker-fs schema customers customers-v2   # as a migration would match them; exit 7 if they differ
  sagemaker-fs schema customers --format terraform > customers.tf
  sagemaker-fs schema --infer customers.csv
  sagemaker-fs schema --template > new.schema.json`;

export function addSchema(program: Command, open: OpenContext): void {
  const command = program
    .command('schema')
    .description('Show the features of a group, compare those of two groups, or guess those of a file.')
    .argument('[group]', 'name or ARN of the feature group')
    .argument('[other]', 'compare with this group, as the target of a migration')
    .addOption(outputOption('table', 'json').default('table'))
    .addOption(new Option('--format <tool>', 'as input for another tool').choices(Object.keys(FORMATS)));
  addInferOptions(command, ['template'])
    .addOption(new Option('--template', 'print a schema file to start from').conflicts('format'))
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, schema, 'group', 'other'));
}

async function schema(input: Input, context: Context): Promise<void> {
  const { output } = context;
  checkUsage(input);
  if (input.template) return output.value(SCHEMA_TEMPLATE, { format: 'json' });
  const features = await inferred(input, context);
  if (features) return showInferred(features, input, context);
  const group = await describeFeatureGroup(context.aws, input.group!, context.signal);
  if (input.other) return compareSchemas(group, input, context);
  if (input.format) return output.result(FORMATS[input.format](group));
  if (input.outputFormat === 'json') return output.value(schemaFileOf(group), { format: 'json' });
  await output.value(group.features, { format: 'table', columns: featureColumns(group) });
}

function checkUsage({ group, other, template, infer, format }: Input): void {
  const sources = [group !== undefined && 'GROUP', infer !== undefined && '--infer', template && '--template'];
  const named = sources.filter((source) => typeof source === 'string');
  if (named.length === 0) throw new UsageError('Say whose schema: a feature group, --infer FILE or --template.');
  if (named.length > 1) throw new UsageError(`${named.join(' and ')} cannot be used together: choose one.`);
  if (format && !group) throw new UsageError('--format describes a feature group: name one.');
  if (format && other) throw new UsageError('--format describes one feature group, and two are named.');
}

async function showInferred(features: InferredFeature[], input: Input, { output }: Context): Promise<void> {
  if (input.outputFormat === 'json')
    return output.value({ FeatureDefinitions: features.map(toDefinition) }, { format: 'json' });
  await output.value(features, { format: 'table', columns: FEATURE_COLUMNS });
}

const FEATURE_COLUMNS: Column<FeatureDefinition>[] = [
  { name: 'FeatureName', value: ({ name }) => name },
  { name: 'FeatureType', value: ({ type }) => type },
  { name: 'Collection', value: collectionWords, importance: 1 },
];

function featureColumns(group: FeatureGroup): Column<FeatureDefinition>[] {
  return [
    ...FEATURE_COLUMNS,
    { name: 'Role', value: ({ name }) => roleOf(name, group), importance: 2 },
    ...(group.offline
      ? [{ name: 'Column', value: ({ name }: FeatureDefinition) => name.toLowerCase(), importance: 3 }]
      : []),
  ];
}

function collectionWords({ collection, dimension }: FeatureDefinition): string | undefined {
  return dimension === undefined ? collection : `${collection} of ${dimension}`;
}

function roleOf(name: string, group: FeatureGroup): string | undefined {
  const roles = [name === group.recordIdentifier && 'record identifier', name === group.eventTime && 'event time'];
  return roles.filter(Boolean).join(', ') || undefined;
}

async function compareSchemas(group: FeatureGroup, input: Input, { aws, signal, output }: Context): Promise<void> {
  const other = await describeFeatureGroup(aws, input.other!, signal);
  const match = matchSchemas(group, other);
  const lines = schemaDiff(match);
  if (input.outputFormat === 'json') {
    const named = (features: FeatureDefinition[]) => features.map(({ name }) => name);
    await output.value(
      {
        source: group.name,
        target: other.name,
        same: lines.every((line) => line.startsWith('=')),
        pairs: match.pairs,
        onlyInTarget: named(match.unset),
        alike: match.alike,
        warnings: match.warnings,
        problems: match.problems,
      },
      { format: 'json' },
    );
  } else {
    await output.result(`${group.name} → ${other.name}\n${lines.map((line) => `${line}\n`).join('')}`);
    for (const warning of match.warnings) output.warn(warning);
  }
  if (lines.every((line) => line.startsWith('='))) return;
  const words = alikeWords(match);
  throw new CommandError(`The schemas of ${group.name} and ${other.name} differ.`, EXIT.DIFFERENT, {
    details: words ? [words] : [],
    next: words && nextCommand(input, ['migrate', input.group!, input.other!, ...mapOptions(match.alike), '--dry-run']),
  });
}
