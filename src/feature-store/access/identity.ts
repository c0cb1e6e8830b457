/** The caller, its connection, and which AWS services can be reached. */
import type { Context } from '../../context.js';
import { describeError } from '../../describe-error.js';
import { proxyOf } from '../../network/proxies.js';
import { isNetworkNamed } from '../../network/variables.js';
import { callerIdentity } from '../groups/caller.js';
import type { Surroundings } from './needs.js';
import { storeOf } from './which-store.js';

export interface Finding {
  check: string;
  verdict: 'ok' | 'failed' | 'unknown';
  found: string;
  /** How to fix it. */
  fix?: string;
}

/**
 * AWS rejects requests with a larger clock skew.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
const MAX_CLOCK_SKEW_MS = 5 * 60_000;

/** Never throws: a failure is a finding. */
export async function identify(context: Context): Promise<Finding[]> {
  const findings = [...store(context), await attempt('region', () => region(context))];
  const caller = await attempt('caller', () => callerOf(context));
  findings.push(caller, ...connection(context));
  if (caller.verdict === 'ok') findings.push(await attempt('clock', () => clock(context)));
  findings.push(await attempt('control plane', () => controlPlane(context)));
  return findings.map(toldOnce);
}

/** One cause may fail several checks. */
function toldOnce(finding: Finding, at: number, all: Finding[]): Finding {
  const first = all.slice(0, at).find(({ verdict, found }) => verdict === 'failed' && found === finding.found);
  return first ? { ...finding, found: `fails for the same reason as ${first.check}` } : finding;
}

function store(context: Context): Finding[] {
  const name = storeOf(context);
  return name === 'AWS' ? [] : [{ check: context.aws.local ? 'store' : 'endpoint', verdict: 'ok', found: name }];
}

async function attempt(check: string, look: () => Promise<Omit<Finding, 'check'>>): Promise<Finding> {
  try {
    return { check, ...(await look()) };
  } catch (error) {
    return { check, verdict: 'failed', found: describeError(error).message };
  }
}

async function region({ aws, options, env }: Context): Promise<Omit<Finding, 'check'>> {
  const client = await aws.sagemaker();
  const name = await client.config.region();
  const from =
    firstOf({ '--region': options.region, AWS_REGION: env.AWS_REGION, AWS_DEFAULT_REGION: env.AWS_DEFAULT_REGION }) ??
    (aws.local ? 'the embedded store' : 'the profile');
  return { verdict: 'ok', found: `${name} (from ${from})` };
}

async function callerOf({ aws, options, env, signal }: Context): Promise<Omit<Finding, 'check'>> {
  const { Arn } = await callerIdentity(aws, signal);
  const { roleArn, profile } = options;
  const named = {
    ...{ [`--role-arn ${roleArn}`]: roleArn, [`profile ${profile}`]: profile },
    ...{ 'the environment': env.AWS_ACCESS_KEY_ID, [`profile ${env.AWS_PROFILE}`]: env.AWS_PROFILE },
  };
  const from = aws.local ? 'the embedded store' : (firstOf(named) ?? 'the default chain');
  return { verdict: 'ok', found: `${Arn} (credentials from ${from})` };
}

/** The name of the first value that is set. */
const firstOf = (values: Record<string, string | undefined>) => Object.keys(values).find((name) => values[name]);

/** Settings of the environment that affect the connection; empty where there are none. */
function connection({ aws, options, env }: Context): Finding[] {
  if (aws.local) return [];
  const endpoint = options.endpointUrl ?? env.AWS_ENDPOINT_URL;
  const bundles = ['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'].filter((name) => env[name]);
  const found = bundles.map((name) => `${env[name]} (${name})`).join(', ');
  const certificates: Finding[] = found ? [{ check: 'certificates', verdict: 'ok', found }] : [];
  return [...proxyOn(endpoint ?? ANY_ENDPOINT, env), ...certificates];
}

/** Endpoints share their domain in all regions, and NO_PROXY matches domains. */
const ANY_ENDPOINT = 'https://api.sagemaker.us-east-1.amazonaws.com';

function proxyOn(endpoint: string, env: Context['env']): Finding[] {
  if (!isNetworkNamed(env) || !URL.canParse(endpoint)) return [];
  const { protocol, hostname, port } = new URL(endpoint);
  try {
    const proxy = proxyOf({ protocol, hostname, port: port === '' ? undefined : Number(port) }, env);
    return [{ check: 'proxy', verdict: 'ok', found: proxy?.words ?? `none for ${hostname}` }];
  } catch (error) {
    return [{ check: 'proxy', verdict: 'failed', found: describeError(error).message }];
  }
}

async function clock({ aws }: Context): Promise<Omit<Finding, 'check'>> {
  const { systemClockOffset } = (await aws.sts()).config;
  const seconds = Math.round(Math.abs(systemClockOffset) / 1000);
  if (Math.abs(systemClockOffset) <= MAX_CLOCK_SKEW_MS)
    return { verdict: 'ok', found: `${seconds} s from that of AWS` };
  return {
    verdict: 'failed',
    found: `${seconds} s ${systemClockOffset > 0 ? 'behind' : 'ahead of'} that of AWS`,
    fix: 'Set the clock of this machine: AWS refuses requests that are more than 5 minutes off.',
  };
}

async function controlPlane({ aws, signal }: Context): Promise<Omit<Finding, 'check'>> {
  await aws.call('ListFeatureGroups', { MaxResults: 1 }, { abortSignal: signal });
  return { verdict: 'ok', found: 'feature groups can be listed' };
}

/** Partition, account and region, for the ARNs of a policy. */
export async function surroundingsOf({ aws, signal }: Context, workGroup: string): Promise<Surroundings> {
  const { Arn = '', Account = '' } = await callerIdentity(aws, signal);
  const partition = Arn.split(':')[1] ?? 'aws';
  const name = await (await aws.sagemaker()).config.region();
  return {
    partition,
    account: Account,
    region: name,
    workGroupArn: `arn:${partition}:athena:${name}:${Account}:workgroup/${workGroup}`,
  };
}
