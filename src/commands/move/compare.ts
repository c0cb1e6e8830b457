/** `compare`: the live records of two feature groups, or of the two stores of one. */
import { Option, type Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { CommandError, EXIT, UsageError } from '../../errors.js';
import { comparedFeatures } from '../../feature-store/compare/features.js';
import type { OpenSide } from '../../feature-store/compare/pairs.js';
import { planComparison, type CompareJob } from '../../feature-store/compare/plan.js';
import { compareSides, MENDABLE, type Comparison } from '../../feature-store/compare/run.js';
import { comparedSides } from '../../feature-store/compare/sides.js';
import { areTogether } from '../../feature-store/groups/arn.js';
import { describeFeatureGroup } from '../../feature-store/groups/describe.js';
import { count, countedWith, counted } from '../../utils/quantities.js';
import type { Effort } from '../../feature-store/online/types.js';
import type { OutputRow } from '../../files/output-rows.js';
import { mayReplace, openRowWriter, type RowWriter } from '../../files/row-writer.js';
import { whileWaiting } from '../../utils/terminal/progress.js';
import { nextCommand, shortPath } from '../../utils/command-line.js';
import { abandon } from '../../utils/disk/sinks.js';
import {
  addPaceOptions,
  acting,
  commaList,
  outputOption,
  pairs,
  positiveInteger,
  seconds,
  userPath,
} from '../options/options.js';
import { addAthenaReadOptions, athenaOptions, type AthenaReadInput } from '../options/athena-options.js';
import { renderComparePlan } from '../plans/compare-plan.js';
import { DIFFERENCE_COLUMNS, differenceRows, renderComparison } from '../plans/comparison.js';
import { outputColumns } from '../../feature-store/records/record-rows.js';
import { clientsFor } from '../options/migrate-clients.js';
import { wrapped } from '../options/wrapped.js';

interface CompareOptions extends Omit<Effort, 'batchSize'>, AthenaReadInput {
  sample?: number;
  features?: string[];
  map?: Record<string, string>;
  where?: string;
  /** Seconds. */
  settle: number;
  differencesFile?: string;
  overwrite?: boolean;
  outputFormat: 'table' | 'json';
}
type Input = CompareOptions & GlobalOptions & { a: string; b?: string };

const EXAMPLES = `
A group is read from its offline store if it has one, else from its online store. Athena joins two
offline stores. Numbers are compared as numbers, text to the letter, event times as instants.
The exit code is 7 if anything differs.

Examples:
  sagemaker-fs compare customers                       # its offline store with its online store
  sagemaker-fs compare old new --map colour=color --sample 1000
  sagemaker-fs compare old new --differences-file fix.jsonl ; sagemaker-fs bulk-put new fix.jsonl
  sagemaker-fs compare old new --features age,city --where "age > 30" -o json`;

export function addCompare(program: Command, open: OpenContext): void {
  const command = program
    .command('compare')
    .description('Compare the live records of two feature groups, or of the two stores of one.')
    .argument('<a>', 'name or ARN of the feature group that counts as correct')
    .argument('[b]', 'name or ARN of the other group (default: compare the two stores of A)')
    .option('--sample <n>', 'compare only this many records of A', positiveInteger)
    .option('--features <names>', 'compare only these features, separated by commas', commaList)
    .option('--map <old=new>', 'name in A = name in B of a feature; can be repeated', pairs)
    .option('--where <sql>', 'only live records that meet this SQL condition, in both offline stores')
    .addOption(
      new Option(
        '--settle <duration>',
        'differences with an event time this recent are counted apart: they may not have landed offline',
      )
        .argParser(seconds)
        .default(900, '15m'),
    )
    .option('--differences-file <file>', 'write the records that would fix B there, as input for bulk-put')
    .option('--overwrite', 'replace that file')
    .addOption(outputOption('table', 'json').default('table'));
  addAthenaReadOptions(addPaceOptions(command))
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, compare, 'a', 'b'));
}

async function compare(input: Input, context: Context): Promise<void> {
  const {
    aws,
    cwd,
    output: { result },
  } = context;
  const file = input.differencesFile === undefined ? undefined : userPath(cwd, input.differencesFile);
  if (file === '-')
    throw new UsageError('--differences-file cannot be -, as stdout is for the comparison: name a file.');
  if (file !== undefined) await mayReplace(file, { overwrite: input.overwrite, s3: aws.s3 });
  const { a, b } = await sidesOf(input, context);
  const features = comparedFeatures(a.group, b.group, input);
  const columns = outputColumns(b.group);
  const writer =
    file === undefined
      ? undefined
      : await openRowWriter(file, { columns, result, s3: aws.s3, overwrite: input.overwrite });
  const mend = writer && ((rows: OutputRow[]) => writer.write(rows));
  const job = { ...input, a, b, features, filter: input.where, athena: athenaOptions(input, context), mend };
  const comparison = await compareAll(job, { input, writer }, context);
  context.summarize({ ...comparison, differencesFile: file });
  await show(comparison, { file, format: input.outputFormat }, context);
  if (comparison.differing > 0) throw differences(comparison, { file, input }, context);
}

async function compareAll(
  job: CompareJob,
  { input, writer }: { input: Input; writer?: RowWriter },
  context: Context,
): Promise<Comparison> {
  try {
    const plan = await whileWaiting(context, 'counting what is there …', planComparison(context, job));
    const { lineWidth: width } = context.output.stderr;
    context.output.note(renderComparePlan(plan, { verbose: input.verbose ?? input.debug, width }));
    const comparison = await compareSides(context, job, plan);
    await writer?.end();
    return comparison;
  } catch (error) {
    return abandon(error, ...(writer ? [writer] : []));
  }
}

async function sidesOf(input: Input, { aws, signal }: Context): Promise<{ a: OpenSide; b: OpenSide }> {
  const named = input.b === undefined ? [input.a] : [input.a, input.b];
  const reached = named.map((nameOrArn) => ({ nameOrArn, aws: clientsFor(aws, nameOrArn) }));
  const groups = await Promise.all(reached.map((each) => describeFeatureGroup(each.aws, each.nameOrArn, signal)));
  const { a, b } = comparedSides(groups[0]!, groups[1]);
  const sides = { a: { ...a, ...reached[0]! }, b: { ...b, ...reached.at(-1)! } };
  if (a.store === 'offline' && b.store === 'offline' && !areTogether(a.group, b.group))
    throw new UsageError(
      `${a.group.name} and ${b.group.name} are not in one account and region, so Athena cannot join their offline stores.`,
    );
  if (input.sample !== undefined && a.store === 'online' && b.store === 'offline')
    throw new UsageError(
      `--sample looks up records of A in B, and an offline store cannot be asked for single records: name ${b.group.name} first.`,
    );
  if (input.where !== undefined && (a.store === 'online' || (b.store === 'online' && input.sample === undefined)))
    throw new UsageError(
      '--where is a condition for Athena, and one side is an online store: with --sample it chooses records of an offline A.',
    );
  return sides;
}

async function show(
  comparison: Comparison,
  { file, format }: { file?: string; format: CompareOptions['outputFormat'] },
  { output, cwd }: Context,
): Promise<void> {
  if (format === 'json') return output.value({ ...comparison, differencesFile: file }, { format });
  await output.text(
    renderComparison(comparison, { differencesFile: file && shortPath(file, cwd), width: output.stdout.lineWidth }),
  );
  const rows = differenceRows(comparison);
  if (rows.length === 0) return;
  await output.text('');
  await output.value(rows, { format, columns: DIFFERENCE_COLUMNS });
  const untold = comparison.differing - comparison.differences.length;
  if (untold > 0) output.note(`${count(untold)} more differ.`);
}

/** The final error: what differs, how much of it a put would mend, and how. */
function differences(
  { counts, differing, a, b }: Comparison,
  { file, input }: { file?: string; input: Input },
  { cwd }: Context,
): CommandError {
  const oneOrAll = (some: number, kind: string) =>
    some === differing && some > 1 ? `all are ${kind} in B and` : counted(some, `${kind} one`);
  const mendable = MENDABLE.reduce((sum, kind) => sum + counts[kind], 0);
  const rest = [
    counts.extra > 0 && `${oneOrAll(counts.extra, 'extra')} would have to be deleted`,
    counts.newer > 0 && `${oneOrAll(counts.newer, 'newer')} cannot be overwritten`,
  ].filter(Boolean);
  const what = [countedWith(differing, 'record', ['differs', 'differ']), ...rest].join('; ');
  if (mendable === 0) return new CommandError(`${what}.`, EXIT.DIFFERENT);
  if (file === undefined)
    return new CommandError(`${what}; --differences-file FILE keeps the records that fix B.`, EXIT.DIFFERENT);
  // The offline store of the same group has them already.
  const only = a.group === b.group ? ['--target-stores', 'online'] : [];
  const next = nextCommand(input, ['bulk-put', input.b ?? input.a, shortPath(file, cwd), ...only]);
  return new CommandError(`${what}; to fix ${count(mendable)} of them:`, EXIT.DIFFERENT, { next });
}
