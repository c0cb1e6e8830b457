/**
 * How to reach a service without the SDK, in the plain case: keys and region from environment or command line, and no
 * setting in environment or config files that changes how calls are sent. Everything else is left to the SDK, whose
 * headers are copied here literally.
 */
import { readFileSync } from 'node:fs';
import { homedir, platform, release } from 'node:os';
import { join } from 'node:path';
import runtimeClient from '@aws-sdk/client-sagemaker-featurestore-runtime/package.json' with { type: 'json' };
import controlClient from '@aws-sdk/client-sagemaker/package.json' with { type: 'json' };
import { NODE_VERSION } from '../host.js';
import type { Network } from '../network/index.js';
import { templateAt, type Template, type Way } from './way.js';

export type Service = 'SageMaker' | 'SageMakerFeatureStoreRuntime';

const SERVICES = {
  SageMaker: {
    host: 'api.sagemaker',
    variable: 'AWS_ENDPOINT_URL_SAGEMAKER',
    id: 'sagemaker',
    version: controlClient.version,
  },
  SageMakerFeatureStoreRuntime: {
    host: 'featurestore-runtime.sagemaker',
    variable: 'AWS_ENDPOINT_URL_SAGEMAKER_FEATURESTORE_RUNTIME',
    id: 'sagemaker-featurestore-runtime',
    version: runtimeClient.version,
  },
} as const;

/** Domains by region; other partitions are left to the SDK. */
const DOMAINS: [regions: RegExp, domain: string][] = [
  [/^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/, 'amazonaws.com'],
  [/^us-gov-\w+-\d+$/, 'amazonaws.com'],
  [/^cn-\w+-\d+$/, 'amazonaws.com.cn'],
];

/** Words in the names of settings that change where calls go, how they look, or how they are retried. */
const BENDING =
  /endpoint|services|retry|retries|attempts|defaults.mode|ua.app.id|execution.env|lambda|trace.id|auth.scheme|sigv4a|clock.skew|aws.account.id|credential.scope/i;
const ENDPOINT_VARIABLES = new Set<string>([
  'AWS_ENDPOINT_URL',
  ...Object.values(SERVICES).map(({ variable }) => variable),
]);

export interface PlainOptions {
  env: Record<string, string | undefined>;
  region?: string;
  /** From the command line. */
  endpoint?: string;
}

/** @param maxAttempts of the client that takes over */
export type PlainWays = (service: Service, maxAttempts: number) => Way | undefined;

/** How to send the calls of each service; undefined where the SDK has to be asked. */
export function plainWays(options: PlainOptions, network?: Network): PlainWays {
  const { env, region } = options;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env;
  if (!region || !accessKeyId || !secretAccessKey || isBent(env)) return () => undefined;
  const credentials = { accessKeyId, secretAccessKey, sessionToken: token === '' ? undefined : token };
  return (service, maxAttempts) => {
    const url = endpointOf(service, region, options);
    const template = url && templateOf(service, region, { url, endpoint: options.endpoint, maxAttempts });
    if (!template || network?.relayOf(template)) return undefined;
    return { template, credentials: () => Promise.resolve(credentials) };
  };
}

function isBent(env: PlainOptions['env']): boolean {
  const bends = Object.keys(env).some(
    (name) => /^_?(AWS|X_AMZN|SMITHY)_/.test(name) && BENDING.test(name) && !ENDPOINT_VARIABLES.has(name) && env[name],
  );
  return bends || configFiles(env).some((text) => BENDING.test(text));
}

/** The text of the config files; an unreadable one means nothing to the SDK either. */
function configFiles({ AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE }: PlainOptions['env']): string[] {
  const home = homedir();
  return [
    AWS_CONFIG_FILE || join(home, '.aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE || join(home, '.aws', 'credentials'),
  ].map((path) => {
    try {
      return readFileSync(path.replace(/^~(?=\/)/, home), 'utf8');
    } catch {
      return '';
    }
  });
}

/** By the endpoint rules of the SDK. @see https://docs.aws.amazon.com/general/latest/gr/sagemaker.html */
function endpointOf(service: Service, region: string, { endpoint, env }: PlainOptions): URL | undefined {
  const { host, variable } = SERVICES[service];
  const domain = DOMAINS.find(([regions]) => regions.test(region))?.[1];
  const text = endpoint || env[variable] || env.AWS_ENDPOINT_URL || (domain && `https://${host}.${region}.${domain}`);
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !domain || url.username || url.password || url.search || url.hash) return undefined;
  return /.\/$/.test(url.pathname) ? undefined : url;
}

function templateOf(
  service: Service,
  region: string,
  { url, endpoint, maxAttempts }: Pick<PlainOptions, 'endpoint'> & { url: URL; maxAttempts: number },
): Template | undefined {
  const { protocol, hostname, host, port, pathname } = url;
  const { id, version } = SERVICES[service];
  const system = `os/${platform()}#${release().replace(/[^!$%&'*+\-.^_`|~\w#]/g, '-')}`;
  // Codes of the SDK for: explicit endpoint, three attempts, keys from the environment.
  const features = endpoint ? 'N,E,g' : 'E,g';
  const sdk = `aws-sdk-js/${version}`;
  const basePath = pathname === '/' ? '' : pathname;
  const headers = {
    host,
    'user-agent': `${sdk} ua/2.1 ${system} lang/js md/nodejs#${NODE_VERSION} api/${id}#${version} m/${features}`,
    'x-amz-user-agent': sdk,
    'amz-sdk-request': `attempt=1; max=${maxAttempts}`,
  };
  const to = { protocol, hostname, port: port === '' ? undefined : Number(port), basePath };
  return templateAt(to, { headers, region, service: 'sagemaker' });
}
