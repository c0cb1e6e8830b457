/** Whose catalog Athena looks a table up in: that of whoever calls, though an ARN may name a group of another account. */
import type { Clients } from '../../config.js';
import { describeError } from '../../describe-error.js';
import { UsageError } from '../../errors.js';
import { callerIdentitySoon } from '../groups/caller.js';
import type { FeatureGroup } from '../groups/describe.js';

/**
 * Only asked for a group that was named by its ARN: a name is one of the caller's own account.
 * @returns sentences about what could not be seen
 * @throws UsageError for a group of another account; a table of the same name in one's own would be another one
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-access.html
 */
export async function checkOwnCatalog(
  aws: Clients,
  { name, arn }: FeatureGroup,
  { nameOrArn = name, signal }: { nameOrArn?: string; signal: AbortSignal },
): Promise<string[]> {
  if (!nameOrArn.startsWith('arn:')) return [];
  const account = arn.split(':')[4];
  const caller = await callerIdentitySoon(aws, signal);
  if (caller instanceof Error)
    return [
      `Whether ${name} is in the account that calls cannot be seen (${describeError(caller).message.replace(/\.$/, '')}): Athena looks its table up there.`,
    ];
  if (caller.Account === account) return [];
  throw new UsageError(
    `Feature group ${name} is in account ${account}, and ${caller.Account} calls: its ARN reaches its online store alone, for its offline table is in the catalog of ${account}. Call with a profile of that account (--profile; migrate has --source-profile), or read its online store.`,
  );
}
