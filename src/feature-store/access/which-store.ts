/** Names the store that a command is about to change; the first line of its plan. */
import { localDir } from '../../embedded.js';
import { placeOfArn } from '../groups/arn.js';
import { callerIdentitySoon } from '../groups/caller.js';
import type { Context } from '../../context.js';
import { describeError } from '../../describe-error.js';

/**
 * The embedded store with its folder, or else the endpoint (or AWS) and the caller; and account and region of the
 * group.
 * @param arn of the feature group
 */
export async function whichStore(
  { aws, options, env, cwd, signal }: Pick<Context, 'aws' | 'options' | 'env' | 'cwd' | 'signal'>,
  arn: string,
): Promise<string> {
  const { region, account } = placeOfArn(arn);
  const place = `account ${account}, ${region}`;
  if (aws.local) return `the embedded store in ${localDir(options, { cwd })}, ${place}`;
  const endpoint = options.endpointUrl ?? env.AWS_ENDPOINT_URL_SAGEMAKER ?? env.AWS_ENDPOINT_URL;
  return `${endpoint ?? 'AWS'}, ${place}, ${await caller({ aws, signal })}`;
}

async function caller({ aws, signal }: Pick<Context, 'aws' | 'signal'>): Promise<string> {
  const caller = await callerIdentitySoon(aws, signal);
  if (!(caller instanceof Error)) return `as ${caller.Arn ?? 'a caller without a name'}`;
  return `as a caller that cannot be named (${describeError(caller).message.replace(/\.$/, '')})`;
}
