/** Groups of another account: an ARN reaches the online store, a profile of that account the offline table. */
import { createServer, request } from 'node:http';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { run } from '../support/run.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 60_000 });

const OURS = '111111111111';
const THEIRS = '222222222222';
const CONFIG = ['ours', 'theirs']
  .map((name) => `[profile ${name}]\naws_access_key_id = ${name.toUpperCase()}KEY\naws_secret_access_key = b\n`)
  .join('\n');

/** One endpoint for two accounts: whose it is, the access key tells. */
async function openAccounts() {
  const ours = await watchedStore({ accountId: OURS });
  const theirs = await watchedStore({ accountId: THEIRS });
  await ours.create('copy');
  await theirs.create('shop');
  await theirs.put('shop', [{ id: '1', at: '2026-01-01T00:00:00Z', name: 'one' }]);
  const server = createServer((incoming, outgoing) => {
    const store = incoming.headers.authorization?.includes('THEIRSKEY') ? theirs : ours;
    const { method, url, headers } = incoming;
    const { port } = new URL(store.endpoint);
    const passed = request({ port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const config = join(ours.dir, 'config');
  await writeFile(config, CONFIG);
  vi.stubEnv('AWS_CONFIG_FILE', config).stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(ours.dir, 'none'));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const global = ['--endpoint-url', endpoint, '--region', 'us-east-1', '--profile', 'ours'];
  const { arn } = theirs.local.store.groups.find('us-east-1', 'shop')!;
  return { ours, theirs, arn, run: (argv: string[]) => run([...argv, ...global], { cwd: ours.dir }) };
}

test('--source-profile reads the offline store of the other account', async () => {
  const { ours, arn, run: runCli } = await openAccounts();
  for (const source of ['shop', arn]) {
    const argv = ['migrate', source, 'copy', '--source-profile', 'theirs', '--athena-output', 's3://results/'];
    const { code, stderr } = await runCli(argv);
    expect(code, stderr).toBe(0);
  }
  expect([...(await ours.online('copy', ['1'])).keys()]).toEqual(['1']);
});

test('the ARN alone does not: exit 2 before Athena is asked, which knows the tables of its caller', async () => {
  const { ours, theirs, arn, run: runCli } = await openAccounts();
  // As where the group has been shared with our account.
  await ours.create('shop');
  ours.wire.change = (_, body) => {
    if (body.FeatureGroupName === arn) body.FeatureGroupName = 'shop';
  };
  ours.wire.alter = ({ operation }, answer) =>
    operation === 'DescribeFeatureGroup' && answer.FeatureGroupName === 'shop'
      ? { ...answer, FeatureGroupArn: arn }
      : answer;
  const commands = [
    ['migrate', arn, 'copy'],
    ['export', arn, '-'],
    ['compare', arn],
  ];
  for (const argv of commands) {
    const { code, stderr } = await runCli(argv);
    expect({ argv, code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain(`Feature group shop is in account ${THEIRS}, but the caller is in ${OURS}`);
    expect(stderr).toContain('in migrate --source-profile');
  }
  expect(ours.queries()).toEqual([]);
  expect(theirs.queries()).toEqual([]);
});
