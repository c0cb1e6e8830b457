/** The error for a missing feature group: where it was looked for, and the closest name. */
import type { Clients } from '../../config.js';
import { NotFoundError } from '../../errors.js';
import { didYouMean } from '../../utils/nearest.js';
import { listFeatureGroups } from './list.js';

/** A typo should not cost more time than this. */
const LISTING_MS = 3_000;

/** The error (exit 3) for a name or ARN that does not exist. */
export async function noSuchGroup(aws: Clients, nameOrArn: string, signal?: AbortSignal): Promise<NotFoundError> {
  const region = await (await aws.sagemaker()).config.region();
  return new NotFoundError(
    `There is no feature group ${nameOrArn} in ${region}.${await nearestGroup(aws, nameOrArn, signal)}`,
  );
}

/**
 * ` Did you mean X?`; empty for an ARN, where no name is close, or where the groups cannot be listed within seconds.
 */
async function nearestGroup(aws: Clients, name: string, signal?: AbortSignal): Promise<string> {
  if (name.startsWith('arn:')) return '';
  const limit = AbortSignal.timeout(LISTING_MS);
  // Without retries: it is only a hint, and the caller may not be allowed to list.
  const impatient = aws.elsewhere({ retryFor: undefined });
  try {
    const groups = await listFeatureGroups(impatient, {}, signal ? AbortSignal.any([signal, limit]) : limit);
    const names = groups.map(({ FeatureGroupName = '' }) => FeatureGroupName);
    return names.includes(name) ? '' : didYouMean(name, names);
  } catch {
    // Report the missing group; why the others cannot be listed would only distract.
    return '';
  }
}
