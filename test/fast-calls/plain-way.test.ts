/** The plain way to a service is the SDK's own, to the last header; where it might not be, there is none. */
import { DescribeFeatureGroupCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { GetRecordCommand, SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { fromEnv } from '@aws-sdk/credential-providers';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hotCallOf } from '../../src/fast-calls/hot-calls.js';
import { plainWays, type Service } from '../../src/fast-calls/plain-way.js';
import { learnTemplate } from '../../src/fast-calls/sdk-template.js';
import type { Template } from '../../src/fast-calls/way.js';

const PARTITIONS = new URL(
  '../../node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js',
  import.meta.url,
);
const REGIONS = [...readFileSync(PARTITIONS, 'utf8').matchAll(/"([a-z]+-[a-z-]+)": \{|"([a-z-]+-\d+)": \{/g)].map(
  ([, global, region]) => (global ?? region)!,
);
const SERVICES: Service[] = ['SageMaker', 'SageMakerFeatureStoreRuntime'];
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'a/secret+key', AWS_SESSION_TOKEN: 'a token' };
/** Of the machine that the tests run on. */
const OWN_SETTINGS = Object.keys(process.env).filter((name) => /^AWS_/.test(name));

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'plain-way-'));
  for (const name of OWN_SETTINGS) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', join(dir, 'config')).stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(dir, 'credentials'));
  for (const [name, value] of Object.entries(KEYS)) vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

interface Place {
  region?: string;
  endpoint?: string;
}

async function learnt(service: Service, place: Place, maxAttempts?: number) {
  const options = { ...place, maxAttempts, credentials: fromEnv() };
  const asked = { FeatureGroupName: 'a' };
  const isControl = service === 'SageMaker';
  const client = isControl ? new SageMakerClient(options) : new SageMakerFeatureStoreRuntimeClient(options);
  const lesson = isControl
    ? { command: new DescribeFeatureGroupCommand(asked), call: hotCallOf('DescribeFeatureGroup', asked)! }
    : {
        command: new GetRecordCommand({ ...asked, RecordIdentifierValueAsString: '1' }),
        call: hotCallOf('GetRecord', { ...asked, RecordIdentifierValueAsString: '1' })!,
      };
  try {
    return unversioned(await learnTemplate({ client: client, ...lesson }));
  } finally {
    client.destroy();
  }
}

/** Of its two builds, the SDK's CommonJS one, which tests run on, names an earlier version than its package.json. */
function unversioned(template: Template | undefined): Template | undefined {
  const headers = Object.entries(template?.headers ?? {}).map(([name, value]) => [
    name,
    name.endsWith('user-agent') ? value.replaceAll(/(?<=aws-sdk-js\/|#)3\.\d+\.\d+(?= |$)/g, '3') : value,
  ]);
  return template && { ...template, headers: Object.fromEntries(headers) as Template['headers'] };
}

const plain = (service: Service, place: Place, maxAttempts = 3) =>
  plainWays({ env: process.env, ...place })(service, maxAttempts);

describe.each(SERVICES)('%s', (service) => {
  test('every region has the endpoint and the headers of the SDK, or is left to it', async () => {
    const left: string[] = [];
    for (const region of REGIONS) {
      const way = plain(service, { region });
      if (way) expect(unversioned(way.template)).toEqual(await learnt(service, { region }));
      else left.push(region);
    }
    expect(REGIONS.length).toBeGreaterThan(40);
    expect(left.filter((region) => !/global|iso|^eusc/.test(region))).toEqual([]);
  });

  test.each<[string, Place, Record<string, string>]>([
    ['--endpoint-url', { endpoint: 'https://vpce.example.com:8443/behind/a proxy' }, {}],
    ['an address', { endpoint: 'http://[::1]:4599' }, {}],
    ['AWS_ENDPOINT_URL', {}, { AWS_ENDPOINT_URL: 'http://127.0.0.1:4599/' }],
    ['AWS_ENDPOINT_URL_SAGEMAKER', {}, { AWS_ENDPOINT_URL_SAGEMAKER: 'https://a.example.com' }],
    [
      'that of the runtime before that of all',
      {},
      {
        AWS_ENDPOINT_URL_SAGEMAKER_FEATURESTORE_RUNTIME: 'https://a.example.com/path',
        AWS_ENDPOINT_URL: 'https://b.example.com',
      },
    ],
    ['--endpoint-url before all variables', { endpoint: 'https://a' }, { AWS_ENDPOINT_URL: 'https://b' }],
    ['variables that say nothing', {}, { AWS_ENDPOINT_URL: '', AWS_USE_FIPS_ENDPOINT: '', AWS_PROFILE: '' }],
  ])('an endpoint by %s is the SDK’s', async (_what, place, env) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const there = { region: 'eu-central-1', ...place };
    const way = plain(service, there);
    expect(unversioned(way?.template)).toEqual(await learnt(service, there));
    expect(await way?.credentials()).toEqual({
      accessKeyId: 'AKIA',
      secretAccessKey: 'a/secret+key',
      sessionToken: 'a token',
    });
  });

  test('a client that sends each call once says so', async () => {
    expect(unversioned(plain(service, { region: 'us-east-1' }, 1)?.template)).toEqual(
      await learnt(service, { region: 'us-east-1' }, 1),
    );
  });

  test('config files without a word on calls change nothing', async () => {
    writeFileSync(
      join(dir, 'config'),
      '[default]\nregion = eu-west-1\noutput = json\n[profile dev]\nsso_account_id = 1\nsso_region = us-east-1\nrole_arn = arn:aws:iam::1:role/a\n',
    );
    expect(unversioned(plain(service, { region: 'us-east-1' })?.template)).toEqual(
      await learnt(service, { region: 'us-east-1' }),
    );
  });

  test.each<Record<string, string>>([
    { AWS_ACCESS_KEY_ID: '' },
    { AWS_SECRET_ACCESS_KEY: '' },
    { AWS_USE_FIPS_ENDPOINT: 'true' },
    { AWS_USE_DUALSTACK_ENDPOINT: 'true' },
    { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
    { AWS_RETRY_MODE: 'adaptive' },
    { AWS_MAX_ATTEMPTS: '7' },
    { AWS_DEFAULTS_MODE: 'mobile' },
    { AWS_SDK_UA_APP_ID: 'shop' },
    { AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE' },
    { AWS_LAMBDA_FUNCTION_NAME: 'f' },
    { AWS_AUTH_SCHEME_PREFERENCE: 'sigv4a' },
    { AWS_ACCOUNT_ID: '000000000000' },
    { AWS_CREDENTIAL_SCOPE: 'us-east-1' },
    { AWS_ENDPOINT_URL: 'nonsense' },
    { AWS_ENDPOINT_URL: 'https://user:word@a' },
    { AWS_ENDPOINT_URL: 'https://a?b=c' },
    { AWS_ENDPOINT_URL: 'https://a/path/' },
    { AWS_ENDPOINT_URL: 'ftp://a' },
  ])('%j is the SDK’s affair', (env) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(plain(service, { region: 'us-east-1' })).toBeUndefined();
  });

  test.each([
    'use_fips_endpoint = true',
    'use_dualstack_endpoint = true',
    'endpoint_url = http://127.0.0.1:9',
    'ignore_configured_endpoint_urls = true',
    'services = local\n[services local]\nsagemaker =\n  endpoint_url = http://127.0.0.1:9',
    'retry_mode = adaptive',
    'max_attempts = 9',
    'defaults_mode = mobile',
    'sdk_ua_app_id = shop',
    'sdk-ua-app-id = shop',
    'auth_scheme_preference = sigv4a',
  ])('%j in a config file is the SDK’s affair', (line) => {
    for (const file of ['config', 'credentials']) {
      writeFileSync(join(dir, file), `[default]\n${line}\n`);
      expect(plain(service, { region: 'us-east-1' })).toBeUndefined();
      writeFileSync(join(dir, file), '');
    }
  });

  test('no region is none', () => {
    expect(plain(service, {})).toBeUndefined();
    expect(plain(service, { endpoint: 'http://127.0.0.1:9' })).toBeUndefined();
    for (const region of ['', 'fips-us-east-1', 'us-east-1-fips', 'nowhere', 'us-east-1.example.com/'])
      expect(plain(service, { region })).toBeUndefined();
  });
});
