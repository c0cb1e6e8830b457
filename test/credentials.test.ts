/** Who calls, as the AWS CLI would have it: keys of the environment, profiles, roles and codes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { run, typed, type RunOptions } from './support/run.js';
import { watchedStore } from './support/watched-store.js';

vi.setConfig({ testTimeout: 60_000 });

const CONFIG = `
[profile keys]
aws_access_key_id = PROFILEKEY
aws_secret_access_key = b

[profile coded]
role_arn = arn:aws:iam::000000000000:role/coded
source_profile = keys
mfa_serial = arn:aws:iam::000000000000:mfa/ann
`;

async function openProfiles() {
  const store = await watchedStore();
  await store.create('shop');
  const config = join(store.dir, 'config');
  await writeFile(config, CONFIG);
  vi.stubEnv('AWS_CONFIG_FILE', config).stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(store.dir, 'none'));
  vi.stubEnv('AWS_ENDPOINT_URL', store.endpoint);
  /** With these variables, which the SDK looks for in the real environment. */
  const withEnv = (argv: string[], env: Record<string, string>, options: RunOptions = {}) => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, env[name]);
    return run([...argv, ...store.global], { cwd: store.dir, env, ...options });
  };
  /** Access keys of the calls since this was asked last. */
  const callers = () => {
    const keys = store.wire.requests.map(({ headers }) => /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1]);
    store.wire.requests.length = 0;
    return [...new Set(keys)];
  };
  callers();
  return { ...store, withEnv, callers };
}

const KEYS = { AWS_ACCESS_KEY_ID: 'ENVKEY', AWS_SECRET_ACCESS_KEY: 'b' };

test('keys of the environment win over AWS_PROFILE, and --profile over both, without a warning', async () => {
  const { withEnv, callers } = await openProfiles();
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const cases: [string[], Record<string, string>, string][] = [
    [[], { ...KEYS, AWS_PROFILE: 'keys' }, 'ENVKEY'],
    [[], { AWS_PROFILE: 'keys' }, 'PROFILEKEY'],
    [['--profile', 'keys'], { ...KEYS, AWS_PROFILE: 'none' }, 'PROFILEKEY'],
    [[], { ...KEYS, AWS_PROFILE: 'no-such-profile' }, 'ENVKEY'],
  ];
  for (const [argv, env, key] of cases) {
    const { code, stderr } = await withEnv(['list', ...argv], env);
    expect(code, stderr).toBe(0);
    expect(callers()).toEqual([key]);
  }
  expect(warned).not.toHaveBeenCalled();
});

test('an endpoint of the environment or of a config file is where calls go, whoever’s keys sign them', async () => {
  const { dir, endpoint, callers } = await openProfiles();
  const config = join(dir, 'endpoints');
  await writeFile(config, `[default]\nservices = own\n[services own]\nsagemaker =\n  endpoint_url = ${endpoint}\n`);
  const own = { AWS_ENDPOINT_URL: undefined, AWS_CONFIG_FILE: config, AWS_REGION: 'us-east-1', ...KEYS };
  for (const [what, env] of [
    ['the environment', { ...own, AWS_ENDPOINT_URL: endpoint, AWS_CONFIG_FILE: join(dir, 'none') }],
    [
      'the environment, for one service',
      { ...own, AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_SAGEMAKER: endpoint },
    ],
    ['a config file', own],
  ] as const) {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const { code, stdout, stderr } = await run(['list', '-o', 'csv'], { cwd: dir, env });
    expect(code, `${what}: ${stderr}`).toBe(0);
    expect(stdout, what).toContain('shop,Created');
    expect(callers(), what).toEqual(['ENVKEY']);
    vi.stubEnv('AWS_ENDPOINT_URL_SAGEMAKER', undefined);
  }
});

test('--role-arn takes --external-id along; --external-id alone is wrong usage', async () => {
  const { withEnv, wire } = await openProfiles();
  const role = ['--role-arn', 'arn:aws:iam::000000000000:role/a'];
  const { code, stderr } = await withEnv(['list', ...role, '--external-id', 'partner 7'], KEYS);
  expect(code, stderr).toBe(0);
  const assumed = wire.requests.filter(({ body }) => body.includes('Action=AssumeRole'));
  expect(assumed[0]?.body).toContain('ExternalId=partner%207');
  const alone = await withEnv(['list', '--external-id', 'x'], KEYS);
  expect(alone).toMatchObject({ code: 2 });
  expect(alone.stderr).toContain('--external-id needs --role-arn');
});

test('a profile with mfa_serial asks for the code once, for all services', async () => {
  const { withEnv, wire, create, put } = await openProfiles();
  await create('copy');
  await put('shop', [{ id: '1', at: '2026-01-01T00:00:00Z', name: 'one' }]);
  wire.requests.length = 0;
  const argv = ['migrate', 'shop', 'copy', '--profile', 'coded', '--source-region', 'us-east-1'];
  const options = { terminal: { columns: 100 }, stdin: typed('123456') };
  const { code, stderr } = await withEnv(argv, {}, options);
  expect(code, stderr).toBe(0);
  expect(stderr.split('Code of arn:aws:iam::000000000000:mfa/ann: ')).toHaveLength(2);
  const assumed = wire.requests.filter(({ body }) => body.includes('Action=AssumeRole'));
  expect(assumed).toHaveLength(1);
  expect(assumed[0]?.body).toMatch(/SerialNumber=arn%3Aaws%3Aiam.*TokenCode=123456/);
});

test('without a terminal, or a code, nothing is done: exit 6', async () => {
  const { withEnv, wire } = await openProfiles();
  const blind = await withEnv(['list', '--profile', 'coded'], {});
  expect(blind).toMatchObject({ code: 6 });
  expect(blind.stderr).toContain('Profile coded asks for the code of arn:aws:iam::000000000000:mfa/ann (mfa_serial)');
  const options = { terminal: { columns: 100 }, stdin: typed('') };
  expect(await withEnv(['list', '--profile', 'coded'], {}, options)).toMatchObject({ code: 6 });
  expect(wire.requests).toEqual([]);
});

test('the plan of what destroys names who calls, at an endpoint of one’s own as well', async () => {
  const { run: runCli } = await openProfiles();
  const { stdout } = await runCli(['clear', 'shop', '--dry-run']);
  expect(stdout).toMatch(/^in +http:\/\/127\.0\.0\.1:\d+, account 000000000000, us-east-1, as\s+arn:aws:sts::/m);
});
