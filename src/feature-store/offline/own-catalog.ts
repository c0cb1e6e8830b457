/** Checks that a table is in the catalog of the caller, the only one Athena searches; an ARN may name another's. */
import type { Clients } from '../../config.js';
import { describeError } from '../../describe-error.js';
import { UsageError } from '../../errors.js';
import { placeOfArn } from '../groups/arn.js';
import { callerIdentitySoon } from '../groups/caller.js';
import type { FeatureGroup } from '../groups/describe.js';

/**
 * Only needed for a group named by ARN; a plain name is always in the caller's account.
 * @returns warnings about what was not visible
 * @throws UsageError for a group of another account, where a table of the same name would be a different one
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-access.html
 */
export async function checkOwnCatalog(
  aws: Clients,
  { name, arn }: FeatureGroup,
  { nameOrArn = name, signal }: { nameOrArn?: string; signal: AbortSignal },
): Promise<string[]> {
  if (!nameOrArn.startsWith('arn:')) return [];
  const { account } = placeOfArn(arn);
  const caller = await callerIdentitySoon(aws, signal);
  if (caller instanceof Error)
    return [
      `It is not known whether ${name} is in the caller's account, where Athena looks for its table (${describeError(caller).message.replace(/\.$/, '')}).`,
    ];
  if (caller.Account === account) return [];
  throw new UsageError(
    `Feature group ${name} is in account ${account}, but the caller is in ${caller.Account}. The ARN reaches only its online store: the offline table is in the catalog of ${account}. Use a profile of that account (--profile; in migrate --source-profile), or read the online store.`,
  );
}
