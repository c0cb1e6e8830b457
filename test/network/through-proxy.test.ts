/** Commands as they are typed behind a proxy that is the only way to AWS, and whose certificates nobody else trusts. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openProxiedAws, PRIVATE_AUTHORITY } from '../support/connect-proxy.js';
import { run, temporaryFolder } from '../support/run.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 60_000 });

const AT = '2026-01-01T00:00:00Z';

async function openBehindProxy() {
  const store = await watchedStore();
  const proxy = await openProxiedAws(Number(new URL(store.endpoint).port));
  const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, AWS_CA_BUNDLE: PRIVATE_AUTHORITY };
  const proxied = (argv: string[], change: Record<string, string | undefined> = {}) =>
    run([...argv, '--region', 'us-east-1'], { cwd: store.dir, env: { ...env, ...change } });
  return { ...store, proxy, proxied };
}

test('migrate reaches every service through the proxy, the hot calls too', async () => {
  const { create, put, online, proxy, proxied } = await openBehindProxy();
  await create('src');
  await create('dst');
  await put('src', [{ id: '1', at: AT, name: 'one' }]);
  proxy.user = 'ann:s@crt';
  const HTTPS_PROXY = `http://ann:s%40crt@127.0.0.1:${proxy.port}`;
  const { code, stderr } = await proxied(['migrate', 'src', 'dst', '--verify', '--debug'], { HTTPS_PROXY });
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('Hot calls: plain HTTP to https://featurestore-runtime.sagemaker.us-east-1.amazonaws.com');
  expect(stderr).toContain('Verified: 1 the same');
  expect(stderr).not.toContain('s@crt');
  expect([...(await online('dst', ['1'])).keys()]).toEqual(['1']);
  const hosts = new Set(proxy.asked);
  for (const host of ['api.sagemaker', 'featurestore-runtime.sagemaker', 'athena', 'features.s3'])
    expect(hosts).toContain(`${host}.us-east-1.amazonaws.com:443`);
});

test('a certificate that nobody trusts: exit 1 at once, with the variable to set', async () => {
  const { create, dir, proxied } = await openBehindProxy();
  await create('dst');
  await writeFile(join(dir, 'rows.csv'), `id,at\n1,${AT}\n`);
  for (const argv of [
    ['list'],
    ['bulk-put', 'dst', 'rows.csv'],
    ['list', '--role-arn', 'arn:aws:iam::000000000000:role/a'],
  ]) {
    const { code, stderr } = await proxied(argv, { AWS_CA_BUNDLE: undefined });
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/The certificate of the endpoint is not accepted \(.*\): .* in AWS_CA_BUNDLE\.$/m);
  }
});

test.each([
  [
    '403 Forbidden',
    1,
    /does not connect to api\.sagemaker\.us-east-1\.amazonaws\.com:443 \(answered 403 Forbidden\): let it allow that host, or name the host in NO_PROXY/,
  ],
  ['407 Who are you', 1, /asks for a user name and password \(answered 407 Who are you\): put them into the variable/],
  ['502 Bad Gateway', 5, /does not connect to .* \(answered 502 Bad Gateway\)/],
])('a proxy that answers %s: exit %i', async (refusal, exit, words) => {
  const { proxy, proxied } = await openBehindProxy();
  proxy.refusal = refusal;
  const { code, stderr } = await proxied(['list', '--retry-for', '1s']);
  expect(code, stderr).toBe(exit);
  expect(stderr).toMatch(words);
});

test('a proxy that is not there, a bundle that is not one', async () => {
  const { proxied, dir } = await openBehindProxy();
  const gone = await proxied(['get', 'a', '1'], { HTTPS_PROXY: 'http://127.0.0.1:9' });
  expect(gone.code).toBe(1);
  expect(gone.stderr).toBe(
    'sagemaker-fs: The proxy http://127.0.0.1:9 (HTTPS_PROXY) refused the connection: check that variable, and the network.\n',
  );
  const missing = await proxied(['list'], { AWS_CA_BUNDLE: '/no/such.pem' });
  expect(missing).toMatchObject({
    code: 2,
    stderr: 'sagemaker-fs: AWS_CA_BUNDLE names /no/such.pem, which does not exist.\n',
  });
  await writeFile(join(dir, 'empty.pem'), 'nothing\n');
  expect((await proxied(['list'], { AWS_CA_BUNDLE: join(dir, 'empty.pem') })).code).toBe(2);
});

test('plain HTTP goes through HTTP_PROXY by its whole address, and NO_PROXY leaves the proxy out', async () => {
  const { create, dir, proxy, endpoint } = await openBehindProxy();
  await create('dst');
  await writeFile(join(dir, 'rows.csv'), `id,at\n1,${AT}\n`);
  proxy.user = 'ann:secret';
  const env = { HTTP_PROXY: `ann:secret@127.0.0.1:${proxy.port}` };
  const argv = ['bulk-put', 'dst', 'rows.csv', '--region', 'us-east-1', '--endpoint-url', endpoint];
  const proxied = await run(argv, { cwd: dir, env });
  expect(proxied, proxied.stderr).toMatchObject({ code: 0 });
  expect(proxy.asked).toContain(`${endpoint}/BatchWriteRecord`);
  proxy.asked.length = 0;
  const direct = await run(argv, { cwd: dir, env: { ...env, NO_PROXY: '127.0.0.0/8' } });
  expect(direct, direct.stderr).toMatchObject({ code: 0 });
  expect(proxy.asked).toEqual([]);
  const closed = { HTTP_PROXY: 'http://127.0.0.1:9' };
  const refused = await run(['get', 'dst', '1', ...argv.slice(3)], { cwd: dir, env: closed });
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('http://127.0.0.1:9 (HTTP_PROXY) refused'),
  });
});

test('doctor says which proxy and which certificates', async () => {
  const { proxied, proxy } = await openBehindProxy();
  const { stdout } = await proxied(['doctor']);
  expect(stdout).toContain(`proxy                          http://127.0.0.1:${proxy.port} (HTTPS_PROXY)`);
  expect(stdout).toContain(`certificates                   ${PRIVATE_AUTHORITY} (AWS_CA_BUNDLE)`);
  const wrong = await proxied(['doctor'], { HTTPS_PROXY: 'socks5://proxy' });
  expect(wrong.stdout).toMatch(/✗ caller +HTTPS_PROXY is not the address of a proxy/);
  expect(wrong.stdout).toMatch(/✗ proxy +fails for the same reason as caller/);
  const folder = await temporaryFolder();
  const exempt = await run(['doctor', '--region', 'us-east-1'], {
    cwd: folder,
    env: { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'amazonaws.com', AWS_ENDPOINT_URL: 'https://127.0.0.1:9' },
  });
  expect(exempt.stdout).toMatch(/proxy +http:\/\/127\.0\.0\.1:9 \(HTTPS_PROXY\)/);
});
