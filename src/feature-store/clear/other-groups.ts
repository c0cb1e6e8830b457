/** The other feature groups of the account and region, as far as they can be seen. */
import pLimit from 'p-limit';
import type { Clients } from '../../config.js';
import { isAccessDenied, NotFoundError } from '../../errors.js';
import { describeFeatureGroup, type FeatureGroup } from '../groups/describe.js';
import { isSame, type OtherGroup } from './offline-prefix.js';

/** Describes in flight; the account-wide rate of DescribeFeatureGroup is shared with everyone else. */
const DESCRIBES_IN_FLIGHT = 16;

export interface OtherGroups {
  groups: OtherGroup[];
  /** What could not be seen, as a sentence; undefined where all was. */
  unseen?: string;
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListFeatureGroups.html */
export async function otherGroups(
  aws: Clients,
  group: Pick<FeatureGroup, 'arn'>,
  abortSignal: AbortSignal,
): Promise<OtherGroups> {
  const [client, { paginateListFeatureGroups }] = await Promise.all([
    aws.sagemaker(),
    import('../../sdk/sagemaker.js'),
  ]);
  const names: string[] = [];
  try {
    const query = { MaxResults: 100 };
    for await (const page of paginateListFeatureGroups({ client }, query, { abortSignal })) {
      const others = (page.FeatureGroupSummaries ?? []).filter(
        (each) => !isSame(group, { arn: each.FeatureGroupArn ?? '' }),
      );
      names.push(...others.map(({ FeatureGroupName }) => FeatureGroupName!));
    }
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    return {
      groups: [],
      unseen:
        'The other feature groups cannot be listed (IAM action sagemaker:ListFeatureGroups): that the offline path is this group’s alone is taken from its form.',
    };
  }
  return described(aws, names, abortSignal);
}

async function described(aws: Clients, names: string[], signal: AbortSignal): Promise<OtherGroups> {
  const limit = pLimit(DESCRIBES_IN_FLIGHT);
  const denied: string[] = [];
  const describe = async (name: string) => {
    try {
      return await describeFeatureGroup(aws, name, signal);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      if (!isAccessDenied(error)) throw error;
      denied.push(name);
      return undefined;
    }
  };
  const groups = await Promise.all(names.map((name) => limit(() => describe(name))));
  return {
    groups: groups.filter((each) => each !== undefined),
    unseen:
      denied.length === 0
        ? undefined
        : `${denied.length} other feature groups cannot be described (IAM action sagemaker:DescribeFeatureGroup), ${denied[0]} among them: that their paths lie elsewhere is taken from the form of this one.`,
  };
}
