/** What to say of a feature group that is not there: where it was looked for, and the name that comes nearest. */
import type { Clients } from '../../config.js';
import { NotFoundError } from '../../errors.js';
import { didYouMean } from '../../utils/nearest.js';
import { listFeatureGroups } from './list.js';

/** Whoever has mistyped a name does not wait for longer. */
const LISTING_MS = 3_000;

/** The error (exit 3) for a name or ARN that DescribeFeatureGroup does not know. */
export async function noSuchGroup(aws: Clients, nameOrArn: string, signal?: AbortSignal): Promise<NotFoundError> {
  const region = await (await aws.sagemaker()).config.region();
  return new NotFoundError(
    `There is no feature group ${nameOrArn} in ${region}.${await nearestGroup(aws, nameOrArn, signal)}`,
  );
}

/** ` Did you mean X?`; nothing for an ARN, where no name is near, or where the groups cannot be listed within seconds. */
export async function nearestGroup(aws: Clients, name: string, signal?: AbortSignal): Promise<string> {
  if (name.startsWith('arn:')) return '';
  const limit = AbortSignal.timeout(LISTING_MS);
  // The answer is worth no patience: an account may not be allowed to list.
  const impatient = aws.elsewhere({ retryFor: undefined });
  try {
    const groups = await listFeatureGroups(impatient, {}, signal ? AbortSignal.any([signal, limit]) : limit);
    const names = groups.map(({ FeatureGroupName = '' }) => FeatureGroupName);
    return names.includes(name) ? '' : didYouMean(name, names);
  } catch {
    // What is to be told is that the group is not there; why the others cannot be listed would only distract.
    return '';
  }
}
