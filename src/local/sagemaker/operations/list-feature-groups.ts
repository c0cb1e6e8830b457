/** ListFeatureGroups: summaries of a region's groups, filtered, sorted and paged by the server. */
import { statusOf, type FeatureGroup } from '../groups.js';
import { operation } from '../../wire/operation.js';
import { integer, string, timestamp, type InputOf } from '../../wire/rules.js';
import { positionOf, tokenOf } from '../../wire/pages.js';
import { invalid } from './definitions.js';
import * as shared from './rules.js';
import { offlineStatusOf } from './describe-feature-group.js';

/** AWS documents no default; its other SageMaker lists have this one. */
const DEFAULT_PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 100;

const summaryOf = (group: FeatureGroup, now: number) => ({
  FeatureGroupName: group.name,
  FeatureGroupArn: group.arn,
  CreationTime: group.createdAt / 1000,
  FeatureGroupStatus: statusOf(group, now),
  OfflineStoreStatus: offlineStatusOf(group, now),
});

type Summary = ReturnType<typeof summaryOf>;

/** Texts that sort as their groups do. */
const SORT_KEYS = {
  Name: () => '',
  FeatureGroupStatus: (summary: Summary) => summary.FeatureGroupStatus,
  OfflineStoreStatus: (summary: Summary) => summary.OfflineStoreStatus?.Status ?? '',
  CreationTime: (summary: Summary) => summary.CreationTime.toFixed(3).padStart(16, '0'),
};

const rules = {
  NameContains: string({ minLength: 1, maxLength: 64 }),
  FeatureGroupStatusEquals: string({ oneOf: ['Creating', 'Created', 'CreateFailed', 'Deleting', 'DeleteFailed'] }),
  OfflineStoreStatusEquals: string({ oneOf: ['Active', 'Blocked', 'Disabled'] }),
  CreationTimeAfter: timestamp(),
  CreationTimeBefore: timestamp(),
  SortOrder: string({ oneOf: ['Ascending', 'Descending'] }),
  SortBy: string({ oneOf: Object.keys(SORT_KEYS) as (keyof typeof SORT_KEYS)[] }),
  MaxResults: integer({ min: 1, max: MAX_PAGE_SIZE }),
  NextToken: shared.nextToken,
};

export const listFeatureGroups = operation({
  rules,
  run({ groups, now }, input, { region }) {
    const { SortBy = 'CreationTime', SortOrder = 'Ascending', MaxResults = DEFAULT_PAGE_SIZE } = input;
    const scope = JSON.stringify([region, { ...input, MaxResults: undefined, NextToken: undefined }]);
    const keyOf = (summary: Summary): string => `${SORT_KEYS[SortBy](summary)} ${summary.FeatureGroupName}`;
    const direction = SortOrder === 'Ascending' ? 1 : -1;
    const compare = (a: string, b: string): number => (a < b ? -direction : a > b ? direction : 0);

    const after = input.NextToken === undefined ? undefined : positionOf(scope, input.NextToken);
    if (input.NextToken !== undefined && after === undefined) throw invalid('The NextToken is invalid.');
    const waiting = groups
      .list(region)
      .map((group) => summaryOf(group, now()))
      .filter((summary) => isWanted(summary, input))
      .filter((summary) => after === undefined || compare(keyOf(summary), after) > 0)
      .sort((a, b) => compare(keyOf(a), keyOf(b)));
    const page = waiting.slice(0, MaxResults);
    const more = page.length < waiting.length;
    return { FeatureGroupSummaries: page, NextToken: more ? tokenOf(scope, keyOf(page.at(-1)!)) : undefined };
  },
});

const isWanted = (summary: Summary, input: InputOf<typeof rules>): boolean =>
  summary.FeatureGroupName.includes(input.NameContains ?? '') &&
  (input.FeatureGroupStatusEquals ?? summary.FeatureGroupStatus) === summary.FeatureGroupStatus &&
  (input.OfflineStoreStatusEquals ?? summary.OfflineStoreStatus?.Status) === summary.OfflineStoreStatus?.Status &&
  summary.CreationTime > (input.CreationTimeAfter ?? -Infinity) &&
  summary.CreationTime < (input.CreationTimeBefore ?? Infinity);
