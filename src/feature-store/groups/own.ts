/** Whether a name means, to the caller, the very group that was described: an ARN may name a group of another account or region. */
import type { Clients } from '../../config.js';
import { UsageError } from '../../errors.js';
import { placeOfArn } from './arn.js';
import { findFeatureGroup, type FeatureGroup } from './describe.js';

export interface NameUse {
  /** As it was typed; the name by default, which is the caller's own. */
  nameOrArn?: string;
  /** What goes by the name alone, as a sentence without its end: `DeleteFeatureGroup takes no ARN`. */
  why: string;
  signal: AbortSignal;
}

/**
 * Asked before something is destroyed by name: a group of this name in the caller's account and region would be hit instead.
 * @throws UsageError where the name is another group, none, or one that the caller may not describe
 */
export async function refuseOthersGroup(
  aws: Clients,
  { name, arn }: Pick<FeatureGroup, 'name' | 'arn'>,
  { nameOrArn = name, why, signal }: NameUse,
): Promise<void> {
  if (!nameOrArn.startsWith('arn:')) return;
  const own = await findFeatureGroup(aws, name, signal);
  if (own?.arn.toLowerCase() === arn.toLowerCase()) return;
  const { account, region } = placeOfArn(arn);
  const here = own ? `is ${own.arn} from here` : 'is not known from here';
  throw new UsageError(
    `${arn} is in account ${account}, ${region}, and ${why}; the name ${name} ${here}. Use credentials of that account (--profile) and its --region. Nothing was changed.`,
  );
}
