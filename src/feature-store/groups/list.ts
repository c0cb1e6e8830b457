/** ListFeatureGroups, all pages, and the descriptions of what it lists, side by side. */
import type { FeatureGroupSummary, ListFeatureGroupsCommandInput } from '@aws-sdk/client-sagemaker';
import pLimit from 'p-limit';
import type { Clients } from '../../config.js';

/** Describes in flight; the account-wide rate of DescribeFeatureGroup is shared with everyone else. */
const DESCRIBES_IN_FLIGHT = 16;
const MAX_GROUPS_PER_PAGE = 100;

/**
 * Every feature group of the account and region that the query lets through.
 * @throws the SDK's own errors
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListFeatureGroups.html
 */
export async function listFeatureGroups(
  aws: Clients,
  query: ListFeatureGroupsCommandInput,
  abortSignal: AbortSignal,
): Promise<FeatureGroupSummary[]> {
  const [client, { paginateListFeatureGroups }] = await Promise.all([
    aws.sagemaker(),
    import('../../sdk/sagemaker.js'),
  ]);
  const summaries: FeatureGroupSummary[] = [];
  const asked = { ...query, MaxResults: MAX_GROUPS_PER_PAGE };
  for await (const page of paginateListFeatureGroups({ client }, asked, { abortSignal })) {
    summaries.push(...(page.FeatureGroupSummaries ?? []));
  }
  return summaries;
}

/** Runs `describe` for each group, some at a time, and keeps their order. */
export function describeEach<T, R>(groups: T[], describe: (group: T) => Promise<R>): Promise<R[]> {
  const limit = pLimit(DESCRIBES_IN_FLIGHT);
  return Promise.all(groups.map((group) => limit(() => describe(group))));
}
