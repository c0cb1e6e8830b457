/** Every command works on the group that was typed: not on one of another account, nor on one that was made anew meanwhile. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openClearStore, people } from '../support/clear-groups.js';
import { typed } from '../support/run.js';

vi.setConfig({ testTimeout: 60_000 });

async function openShop() {
  const store = await openClearStore();
  for (const name of ['shop', 'source']) {
    await store.create(name);
    await store.put(name, ...people(3));
  }
  await writeFile(join(store.dir, 'ids.csv'), 'id\np0\n');
  await writeFile(join(store.dir, 'rows.csv'), 'id,at\np0,2030-01-01T00:00:00Z\n');
  return store;
}

const COMMANDS: [string, (group: string) => string[]][] = [
  ['get', (group) => ['get', group, 'p0']],
  ['put', (group) => ['put', group, '--record', '{"id":"p0","at":"2030-01-01T00:00:00Z"}']],
  ['delete-record', (group) => ['delete-record', group, 'p0', '--force']],
  ['bulk-get', (group) => ['bulk-get', group, 'ids.csv']],
  ['bulk-put', (group) => ['bulk-put', group, 'rows.csv']],
  ['clear', (group) => ['clear', group, '--force']],
  ['migrate from', (group) => ['migrate', group, 'shop', '--athena-output', 's3://features/athena/']],
  ['migrate to', (group) => ['migrate', 'source', group, '--athena-output', 's3://features/athena/']],
];

test('what cannot be a name or an ARN: exit 2 before any call', async () => {
  const store = await openShop();
  const names = [
    '_shop',
    'shop_',
    'my shop',
    'x'.repeat(65),
    '../shop',
    'arn:aws:sagemaker:us-east-1:1:feature-group/shop',
  ];
  for (const [what, argv] of COMMANDS) {
    for (const name of names) {
      const { code, stderr } = await store.run(argv(name));

      expect(code, `${what} ${name}: ${stderr}`).toBe(2);
      expect(stderr).toContain('cannot be a feature group');
    }
  }
  for (const { body } of store.wire.requests) expect(body).toMatch(/"FeatureGroupName":"(shop|source)"/);
  expect(store.changing()).toEqual([]);
});

test('an ARN whose answer is about another account’s group: exit 6, and nothing but that was asked', async () => {
  const store = await openShop();
  const { arn } = store.local.store.groups.find('us-east-1', 'shop')!;
  const others = arn.replace(/:\d{12}:/, ':999999999999:');
  // A proxy, or an endpoint that looks at the name alone.
  store.wire.change = ({ operation }, body) => {
    if (operation === 'DescribeFeatureGroup' && body.FeatureGroupName === others) body.FeatureGroupName = 'shop';
  };
  for (const [what, argv] of COMMANDS) {
    const { code, stderr, stdout } = await store.run(argv(others));
    expect(code, `${what}: ${stderr}`).toBe(6);
    expect(stderr).toContain(`${others} was requested, but the answer is about ${arn}`);
    expect(stdout).toBe('');
  }
  expect(store.changing()).toEqual([]);
  expect(store.wire.count('GetRecord') + store.wire.count('BatchGetRecord')).toBe(0);
  expect(await store.run(['get', arn, 'p0'])).toMatchObject({ code: 0 });
});

test.each([
  ['clear', ['clear', 'shop']],
  ['clear --force', ['clear', 'shop', '--force', '--backup-s3', 's3://features/backups/']],
  ['delete-record', ['delete-record', 'shop', 'p0']],
  ['delete', ['delete', 'shop', '--delete-data']],
  ['update --storage-type', ['update', 'shop', '--storage-type', 'Standard_V2']],
  [
    'migrate --clear-target',
    ['migrate', 'source', 'shop', '--clear-target', '--athena-output', 's3://features/athena/'],
  ],
])(
  '%s: a group that was deleted and made anew while the question waited is another one: exit 6',
  async (_what, argv) => {
    const store = await openShop();
    let described = 0;
    store.wire.alter = ({ operation, body }, answer) => {
      if (operation !== 'DescribeFeatureGroup' || !body.includes('"shop"')) return answer;
      described += 1;
      return described === 1 ? answer : { ...answer, CreationTime: Number(answer.CreationTime) + 60 };
    };
    const { code, stderr } = await store.run(argv, { stdin: typed('shop'), terminal: { columns: 100 } });
    expect(code, stderr).toBe(6);
    expect(stderr).toContain('shop was deleted and created again since the plan was made');
    const changed = store.changing().filter(({ target }) => !target.includes('/athena/'));
    expect(changed.filter(({ operation }) => operation !== 'S3 POST delete')).toEqual([]);
    expect(await store.listed('shop')).toHaveLength(3);
  },
);
