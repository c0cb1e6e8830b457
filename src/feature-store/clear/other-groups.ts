/** The other feature groups of the account and region, as far as visible. */
import type { Clients } from '../../config.js';
import { isAccessDenied, NotFoundError } from '../../errors.js';
import { describeFeatureGroup, type FeatureGroup } from '../groups/describe.js';
import { describeEach, listFeatureGroups } from '../groups/list.js';
import { isSame, type OtherGroup } from './offline-prefix.js';

export interface OtherGroups {
  groups: OtherGroup[];
  /** What was not visible, as a sentence; undefined where everything was. */
  unseen?: string;
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListFeatureGroups.html */
export async function otherGroups(
  aws: Clients,
  group: Pick<FeatureGroup, 'arn'>,
  abortSignal: AbortSignal,
): Promise<OtherGroups> {
  let names: string[];
  let isListed = false;
  try {
    const summaries = await listFeatureGroups(aws, {}, abortSignal);
    // An ARN may name a group of another account or region.
    isListed = summaries.some(({ FeatureGroupArn: arn = '' }) => isSame(group, { arn }));
    names = summaries
      .filter(({ FeatureGroupArn: arn = '' }) => !isSame(group, { arn }))
      .map(({ FeatureGroupName }) => FeatureGroupName!);
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    return {
      groups: [],
      unseen:
        'The other feature groups cannot be listed (IAM action sagemaker:ListFeatureGroups): assuming from its form that the offline path is this group’s alone.',
    };
  }
  const { groups, unseen } = await described(aws, names, abortSignal);
  return { groups, unseen: isListed ? unseen : [NOT_LISTED, unseen].filter(Boolean).join(' ') };
}

const NOT_LISTED =
  'The group is not among those that can be listed from here, so neither are those beside it: assuming from its form that the offline path is this group’s alone.';

async function described(aws: Clients, names: string[], signal: AbortSignal): Promise<OtherGroups> {
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
  const groups = await describeEach(names, describe);
  return {
    groups: groups.filter((each) => each !== undefined),
    unseen:
      denied.length === 0
        ? undefined
        : `${denied.length} other feature groups cannot be described (IAM action sagemaker:DescribeFeatureGroup), ${denied[0]} among them: assuming from the form of this group’s path that theirs are elsewhere.`,
  };
}
