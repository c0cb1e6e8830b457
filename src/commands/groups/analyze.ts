/** `analyze`: what a feature group holds, in objects, bytes, rows and dollars; or all groups at a glance. */
import type { Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { describeError } from '../../describe-error.js';
import { PartialFailure } from '../../errors.js';
import { analyzeStores, queryCost, type Analysis } from '../../feature-store/analyze/analyze.js';
import { findRows } from '../../feature-store/analyze/rows.js';
import { describeFeatureGroup, type FeatureGroup } from '../../feature-store/groups/describe.js';
import { describeEach, listFeatureGroups } from '../../feature-store/groups/list.js';
import { counted, dollars } from '../../utils/quantities.js';
import { whileWaiting } from '../../utils/terminal/progress.js';
import { addAthenaOptions, athenaOptions, type AthenaInput } from '../options/athena-options.js';
import { acting, outputOption } from '../options/options.js';
import { ANALYSIS_COLUMNS, ANALYSIS_ROW_COLUMNS, renderAnalysis, type AnalysisRow } from '../plans/analysis.js';
import { wrapped } from '../options/wrapped.js';

interface Input extends AthenaInput, GlobalOptions {
  group?: string;
  /** False for --no-rows. */
  rows: boolean;
  outputFormat: 'table' | 'json' | 'csv';
}

const EXAMPLES = `
For one group: its objects and bytes by month, how many are small, and what storage costs a month. One Athena
query, whose price is printed first, counts rows, identifiers, duplicates and deletions. Without a group: all
groups at a glance, from their descriptions and the listings of their objects.

Examples:
  sagemaker-fs analyze
  sagemaker-fs analyze customers
  sagemaker-fs analyze customers --no-rows -o json`;

export function addAnalyze(program: Command, open: OpenContext): void {
  const command = program
    .command('analyze')
    .description('Show what a feature group holds and what storing it costs, or all groups at a glance.')
    .argument('[group]', 'name or ARN of the feature group')
    .option('--no-rows', 'do not ask Athena about the rows');
  addAthenaOptions(command)
    .addOption(outputOption('table', 'json', 'csv').default('table'))
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, analyze, 'group'));
}

async function analyze(input: Input, context: Context): Promise<void> {
  if (input.group === undefined) return analyzeAll(input, context);
  const { output, aws, signal } = context;
  const group = await describeFeatureGroup(aws, input.group, signal);
  const analysis = await analyzed(group, input, context);
  if (input.outputFormat === 'json') await output.value(analysis, { format: 'json' });
  else if (input.outputFormat === 'csv')
    await output.value([analysis], { format: 'csv', columns: ANALYSIS_ROW_COLUMNS });
  else await output.text(renderAnalysis(analysis, output.stdout));
}

async function analyzed(group: FeatureGroup, input: Input, context: Context): Promise<Analysis> {
  const { output } = context;
  const analysis = await whileWaiting(context, `listing the objects of ${group.name} …`, analyzeStores(context, group));
  if (!input.rows || !group.offline?.table) return analysis;
  output.note(`Asking Athena about the rows, for at most ${dollars(queryCost(analysis))} (--no-rows leaves them out).`);
  const rows = findRows(context.aws, group, athenaOptions(input, context));
  return { ...analysis, rows: await whileWaiting(context, 'asking Athena about the rows …', rows) };
}

type Listed = Awaited<ReturnType<typeof listFeatureGroups>>[number];

/** A group that cannot be looked at keeps its row. */
async function analyzeAll({ outputFormat }: Input, context: Context): Promise<void> {
  const { aws, output, signal } = context;
  const summaries = await listFeatureGroups(aws, { SortBy: 'Name', SortOrder: 'Ascending' }, signal);
  const look = async ({ FeatureGroupName: name = '', FeatureGroupStatus: status }: Listed): Promise<AnalysisRow> => {
    try {
      return await analyzeStores(context, await describeFeatureGroup(aws, name, signal));
    } catch (error) {
      if (signal.aborted) throw error;
      return { name, status, error: describeError(error).message };
    }
  };
  const rows = await describeEach(summaries, look);
  if (rows.length === 0 && outputFormat === 'table') output.note('No feature groups.');
  await output.value(rows, { format: outputFormat, columns: ANALYSIS_COLUMNS });
  const failed = rows.filter((row) => row.error !== undefined);
  for (const { name, error } of failed) output.warn(`${name} could not be analyzed: ${error}`);
  if (failed.length > 0)
    throw new PartialFailure(`${failed.length} of ${counted(rows.length, 'feature group')} could not be analyzed.`);
}
