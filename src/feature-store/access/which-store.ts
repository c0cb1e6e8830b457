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
  context: Pick<Context, 'aws' | 'options' | 'env' | 'cwd' | 'signal'>,
  arn: string,
): Promise<string> {
  const { region, account } = placeOfArn(arn);
  const place = `account ${account}, ${region}`;
  return `${storeOf(context)}, ${place}${context.aws.local ? '' : `, ${await caller(context)}`}`;
}

/** The embedded store with its folder, `AWS`, or the endpoints that stand in for it. */
export function storeOf({ aws, options, env, cwd }: Pick<Context, 'aws' | 'options' | 'env' | 'cwd'>): string {
  if (aws.local) return `the embedded store in ${localDir(options, { cwd })}${insteadOf(options, env)}`;
  if (options.endpointUrl !== undefined) return options.endpointUrl;
  const endpointOf = (service: string) => env[`AWS_ENDPOINT_URL_${service}`] || env.AWS_ENDPOINT_URL || 'AWS';
  const groups = endpointOf('SAGEMAKER');
  const others = { records: endpointOf('SAGEMAKER_FEATURESTORE_RUNTIME'), objects: endpointOf('S3') };
  const elsewhere = Object.entries(others).filter(([, endpoint]) => endpoint !== groups);
  return [groups, ...elsewhere.map(([what, endpoint]) => `${what} at ${endpoint}`)].join(', ');
}

/** Where the environment names both, as after `local serve` in a shell that had SAGEMAKER_FS_LOCAL before. */
function insteadOf({ local, localDir: dir }: Context['options'], env: Context['env']): string {
  const endpoint = Object.keys(env).find((name) => /^AWS_ENDPOINT_URL(_|$)/.test(name) && env[name]);
  if (local || dir !== undefined || endpoint === undefined) return '';
  return ` (by SAGEMAKER_FS_LOCAL, which wins over ${endpoint}=${env[endpoint]})`;
}

async function caller({ aws, signal }: Pick<Context, 'aws' | 'signal'>): Promise<string> {
  const caller = await callerIdentitySoon(aws, signal);
  if (!(caller instanceof Error)) return `as ${caller.Arn ?? 'a caller without a name'}`;
  return `as a caller that cannot be named (${describeError(caller).message.replace(/\.$/, '')})`;
}
