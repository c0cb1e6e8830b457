/** ListFeatureGroups, all pages, and the descriptions of what it lists, side by side. */
import type { FeatureGroupSummary, ListFeatureGroupsCommandInput } from '@aws-sdk/client-sagemaker';
import pLimit from 'p-limit';
import type { Clients } from '../../config.js';

/** Describes in flight; the account-wide rate of DescribeFeatureGroup is shared with everyone else. */
const DESCRIBES_IN_FLIGHT = 16;
const MAX_GROUPS_PER_PAGE = 100;

/**
 * Every feature group of the account and region that the query lets through, as its page arrives.
 * @throws the SDK's own errors
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListFeatureGroups.html
 */
export async function* listedFeatureGroups(
  aws: Clients,
  query: ListFeatureGroupsCommandInput,
  abortSignal: AbortSignal,
): AsyncGenerator<FeatureGroupSummary> {
  const asked = { ...query, MaxResults: MAX_GROUPS_PER_PAGE };
  let NextToken: string | undefined;
  do {
    const page = await aws.call('ListFeatureGroups', { ...asked, NextToken }, { abortSignal });
    yield* page.FeatureGroupSummaries ?? [];
    NextToken = page.NextToken;
  } while (NextToken);
}

/** All of them at once. */
export async function listFeatureGroups(
  ...asked: Parameters<typeof listedFeatureGroups>
): Promise<FeatureGroupSummary[]> {
  const summaries: FeatureGroupSummary[] = [];
  for await (const summary of listedFeatureGroups(...asked)) summaries.push(summary);
  return summaries;
}

/** Runs `describe` for each group as it is listed, some at a time, and keeps their order. */
export async function describeEach<T, R>(
  groups: Iterable<T> | AsyncIterable<T>,
  describe: (group: T) => Promise<R>,
): Promise<R[]> {
  const limit = pLimit(DESCRIBES_IN_FLIGHT);
  const described: Promise<R>[] = [];
  for await (const group of groups) {
    const one = limit(() => describe(group));
    // Awaited in its turn: until then a failure must not count as unhandled.
    one.catch(() => {});
    described.push(one);
  }
  return Promise.all(described);
}
