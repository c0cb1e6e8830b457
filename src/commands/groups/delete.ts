/** `delete`: feature groups, after asking; their offline data and tables stay unless --delete-data says otherwise. */
import type { Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { describeError } from '../../describe-error.js';
import { PartialFailure, UsageError } from '../../errors.js';
import {
  deleteGroup,
  planDeletion,
  type DeletionOptions,
  type DeletionPlan,
} from '../../feature-store/clear/delete-group.js';
import { describeFeatureGroup } from '../../feature-store/groups/describe.js';
import { requireConsent } from '../../utils/terminal/consent.js';
import {
  addConsentOptions,
  addWaitOptions,
  acting,
  dryRunOption,
  isForced,
  retryForOption,
  type ConsentOptions,
} from '../options/options.js';
import { renderDeletionPlan } from '../plans/clear-plan.js';
import { wrapped } from '../options/wrapped.js';

interface DeleteInput extends ConsentOptions, Omit<DeletionOptions, 'nameOrArn'> {
  dryRun?: boolean;
}
type Input = DeleteInput & GlobalOptions & { groups: string[] };

const EXAMPLES = `
The records in the online store go with the group. The offline objects and their table stay, and cost
as before. --delete-data removes them too: only what lies under the group's own path, which is proved
empty before the group is deleted, and once more afterwards. There is no backup:
sagemaker-fs clear GROUP --backup-s3 makes one. If a deletion fails, run it again.

Examples:
  sagemaker-fs delete customers-v1 --dry-run
  sagemaker-fs delete customers-v1 clicks-v1
  sagemaker-fs delete customers-v1 --delete-data`;

export function addDelete(program: Command, open: OpenContext): void {
  const command = program
    .command('delete')
    .description('Delete feature groups, after asking. Their offline data stays unless you say --delete-data.')
    .argument('<group...>', 'names or ARNs of the feature groups')
    .option('--delete-data', 'remove the offline objects and their table too')
    .option('--all-versions', 'with --delete-data: remove old versions and delete markers too, for good')
    .addOption(retryForOption())
    .addOption(dryRunOption('count and print the plan; send only reads'));
  addConsentOptions(addWaitOptions(command))
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, deleteGroups, 'groups'));
}

async function deleteGroups(input: Input, context: Context): Promise<void> {
  const { output, aws, signal } = context;
  if (input.allVersions && !input.deleteData) throw new UsageError('--all-versions needs --delete-data.');
  const jobs: { plan: DeletionPlan; options: DeletionOptions }[] = [];
  for (const nameOrArn of new Set(input.groups)) {
    const options = { ...input, nameOrArn };
    const group = await describeFeatureGroup(aws, nameOrArn, signal);
    jobs.push({ plan: await planDeletion(context, group, options), options });
  }
  if (input.dryRun) {
    const plans = jobs.map(({ plan }) => renderDeletionPlan(plan, { ...input, width: output.stdout.lineWidth }));
    return output.text(plans.flatMap((lines, index) => (index > 0 ? ['', ...lines] : lines)));
  }
  for (const { plan } of jobs)
    await requireConsent(context, {
      force: isForced(input),
      plan: renderDeletionPlan(plan, { ...input, width: output.stderr.lineWidth }),
      answer: plan.group.name,
    });
  const failed: string[] = [];
  for (const { plan, options } of jobs) {
    try {
      await deleteGroup(context, plan, options);
    } catch (error) {
      if (signal.aborted || jobs.length === 1) throw error;
      failed.push(plan.group.name);
      output.warn(`${plan.group.name}: ${describeError(error).message}`);
    }
  }
  if (failed.length > 0)
    throw new PartialFailure(
      `${failed.length} of ${jobs.length} feature groups were not deleted: ${failed.join(', ')}.`,
    );
}
