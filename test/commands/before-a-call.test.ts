/** What can be seen before a call is made is said before it is made, with the fix: exit 2. */
import { expect, test } from 'vitest';
import { run } from '../support/run.js';
import { watchedStore } from '../support/watched-store.js';

test('nothing is asked of a service for what cannot be', async () => {
  const { run: ask, wire, create } = await watchedStore();
  await create('people');
  await create('past', { OnlineStoreConfig: undefined });
  const period = ['--since', '2026-02-01', '--until', '2026-01-01'];
  const cases: [argv: string[], said: RegExp, described: number][] = [
    [['get', 'people', ''], /record identifier is empty/, 0],
    [['delete-record', 'people', '1', ''], /record identifier is empty/, 0],
    [['migrate', 'people', 'past', ...period], /--since 2026-02-01T00:00:00Z is not before --until 2026-01-01/, 0],
    [['export', 'people', '-', ...period], /no event time can be between them; swap the two/, 0],
    [['get', 'people', '1', '--feature-names', 'nam'], /has no feature nam\. Did you mean name\?/, 1],
    [['put', 'past', '--record', '{"id":"1"}', '--target-stores', 'online'], /has no online store/, 1],
    [['export', 'people', '-', '--where', 'name = "Oslo"'], /--where holds "Oslo" in double quotes.*: 'Oslo'\.$/m, 1],
    [['migrate', 'people', 'past', '--filter-query', 'name in ("a", "b")'], /--filter-query holds "a" in double/, 2],
    [['compare', 'people', 'past', '--where', 'name like "O%"'], /--where holds "O%" in double quotes/, 2],
  ];
  for (const [argv, said, described] of cases) {
    const before = wire.count('DescribeFeatureGroup');
    const { code, stdout, stderr } = await ask(argv);
    expect({ argv, code, stdout }, stderr).toEqual({ argv, code: 2, stdout: '' });
    expect(stderr).toMatch(said);
    expect(wire.count('DescribeFeatureGroup') - before, argv.join(' ')).toBe(described);
  }
  for (const operation of ['GetRecord', 'PutRecord', 'DeleteRecord', 'StartQueryExecution'])
    expect(wire.count(operation)).toBe(0);
  expect((await ask(['export', 'people', '-', '--where', '"name" = "at"'])).code).not.toBe(2);
});

test('a group of another region is looked for in the region of its ARN, unless one is named', async () => {
  const { endpoint, create } = await watchedStore();
  const arn = (await create('people')).replace('us-east-1', 'eu-west-1');
  const env = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const told = async (...argv: string[]) => (await run([...argv, '--endpoint-url', endpoint], { env })).stderr;
  for (const argv of [
    ['get', arn, '1'],
    ['clear', arn, '--dry-run'],
    ['delete', arn, '--dry-run'],
  ])
    expect(await told(...argv)).toContain(`There is no feature group ${arn} in eu-west-1.`);
  expect(await told('get', arn, '1', '--region', 'us-east-1')).toContain('in us-east-1.');
});
