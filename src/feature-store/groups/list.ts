/** ListFeatureGroups, all pages, and concurrent descriptions of the listed groups. */
import type { FeatureGroupSummary, ListFeatureGroupsCommandInput } from '@aws-sdk/client-sagemaker';
import pLimit from 'p-limit';
import type { Clients } from '../../config.js';

/** Concurrent DescribeFeatureGroup calls; their rate limit is shared by the whole account. */
const DESCRIBES_IN_FLIGHT = 16;
const MAX_GROUPS_PER_PAGE = 100;

/**
 * Feature groups of the account and region that match the query, as pages arrive.
 * @throws the errors of the SDK
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

/** The same as one array. */
export async function listFeatureGroups(
  ...asked: Parameters<typeof listedFeatureGroups>
): Promise<FeatureGroupSummary[]> {
  const summaries: FeatureGroupSummary[] = [];
  for await (const summary of listedFeatureGroups(...asked)) summaries.push(summary);
  return summaries;
}

/** Runs `describe` for each listed group concurrently, keeping the order. */
export async function describeEach<T, R>(
  groups: Iterable<T> | AsyncIterable<T>,
  describe: (group: T) => Promise<R>,
): Promise<R[]> {
  const limit = pLimit(DESCRIBES_IN_FLIGHT);
  const described: Promise<R>[] = [];
  for await (const group of groups) {
    const one = limit(() => describe(group));
    // Awaited in its turn; until then a rejection must not count as unhandled.
    one.catch(() => {});
    described.push(one);
  }
  return Promise.all(described);
}
