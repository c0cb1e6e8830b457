/** Checks that a feature group is still the one the plan was made for. */
import type { Clients } from '../../config.js';
import { RefusedError } from '../../errors.js';
import { describeFeatureGroup, type FeatureGroup } from './describe.js';

/**
 * Describes a group again before anything in it is destroyed; it may have been deleted and created anew.
 * @throws RefusedError (exit 6) where it is another group, or no longer writable; else as describeFeatureGroup does
 */
export async function checkSameGroup(
  aws: Clients,
  { group, nameOrArn = group.name }: { group: FeatureGroup; nameOrArn?: string },
  signal?: AbortSignal,
): Promise<void> {
  const now = await describeFeatureGroup(aws, nameOrArn, signal);
  const isSame = now.arn === group.arn && now.creationTime?.getTime() === group.creationTime?.getTime();
  if (!isSame) {
    throw new RefusedError(
      `${group.name} is not the feature group that the plan was about: it was deleted and made anew meanwhile. Nothing was changed.`,
    );
  }
  if (now.status !== group.status)
    throw new RefusedError(`Feature group ${group.name} is ${now.status} by now: nothing was changed.`);
}
