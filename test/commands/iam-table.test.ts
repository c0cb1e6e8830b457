/** The README's table of IAM actions: each command runs where nothing but its row is allowed. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { ROUTED_ACTIONS } from '../support/actions.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 60_000 });

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, TABLE = ''] = README.split('## IAM policy by command');
const ROWS = new Map(
  TABLE.split('\n## ')[0]!
    .split('\n')
    .flatMap((line) => {
      const [, name, actions] = /^\| (.+?) \| (.*`.*) \|$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, actions!] as const];
    }),
);

const actionsIn = (text: string) => [...text.matchAll(/`([a-z0-9-]+:[A-Za-z]+)`/g)].map(([, action]) => action!);

/** The actions of a row, and of those of its conditions (in parentheses) that one of the words is in. */
function allowedBy(row: string, words: string[] = []): string[] {
  const text = ROWS.get(row);
  if (text === undefined) throw new Error(`The README has no row ${row}.`);
  const conditions = [...text.matchAll(/\(([^()]*)\)/g)].flatMap(([, inside]) =>
    inside!.split(/[,;] (?=`--|[A-Z]|versioned|without)/),
  );
  const met = conditions.filter((condition) => words.some((word) => condition.includes(word)));
  return [...actionsIn(text.replace(/\([^()]*\)/g, '')), ...met.flatMap(actionsIn)];
}

const OUTPUT = ['--athena-output', 's3://results/athena/'];
const SOURCE: Rows = [['migrate, source']];
const CLEAR: Rows = [['clear, online'], ['clear, offline']];

type Rows = [row: string, words?: string[]][];

const COMMANDS: [argv: string[], rows: Rows][] = [
  [['list'], [['list']]],
  [['get', 'both', '1'], [['get']]],
  [['get', 'both', '1', '--typed'], [['get', ['--typed']]]],
  [['put', 'both', '--record', '{"id":"9","at":"2026-01-01T00:00:00Z"}'], [['put']]],
  [['put', 'both', '--update', '--record', '{"id":"1","name":"z"}'], [['put', ['--update']]]],
  [['delete-record', 'both', '9', '--force'], [['delete-record']]],
  [['create', 'made', '--like', 'online', '--tags', 'a=b'], [['create', ['--tags']]]],
  [['schema', 'both'], [['schema']]],
  [['add-features', 'both', '-f', 'zip:String'], [['add-features']]],
  [
    ['update', 'both', '--ttl', '30d', '--tags', 'a=b', '--remove-tags', 'a', '--feature-description', 'name=n'],
    [['update', ['--feature-', '--tags', '--remove-tags']]],
  ],
  [['bulk-get', 'both', 'ids.csv'], [['bulk-get']]],
  [['bulk-put', 'both', 'rows.csv'], [['bulk-put']]],
  [['export', 'history', '-', ...OUTPUT], SOURCE],
  [['export', 'both', '-', '--online'], [['export', ['--online']]]],
  [
    ['migrate', 'history', 'both', ...OUTPUT, '--verify'],
    [...SOURCE, ['bulk-put'], ['migrate, target']],
  ],
  [
    ['migrate', 'history', 'both', ...OUTPUT, '--history', 'all'],
    [...SOURCE, ['bulk-put'], ['migrate, target', ['--history']]],
  ],
  [
    ['migrate', 'online', 'both'],
    [['export', ['--online']], ['bulk-put'], ['migrate, target']],
  ],
  [
    ['migrate', 'history', 'copy', ...OUTPUT, '--clear-target', '--force'],
    [...SOURCE, ['bulk-put'], ['migrate, target'], ...CLEAR],
  ],
  [
    ['migrate', 'history', 'both', ...OUTPUT, '--engine', 'athena'],
    [...SOURCE, ['migrate `--engine athena`']],
  ],
  [
    ['compare', 'iceberg', ...OUTPUT, '--settle', '1s'],
    [...SOURCE, ['compare', ['online store']]],
  ],
  [['clear', 'both', '--force', '--online-only'], [['clear, online']]],
  [
    ['clear', 'online', '--force', '--backup-s3', 's3://results/backups'],
    [['clear, online'], ['clear `--backup-s3`']],
  ],
  [
    ['clear', 'both', '--force', '--backup-s3', 's3://results/backups'],
    [...CLEAR, ['clear `--backup-s3`']],
  ],
  [
    ['clear', 'iceberg', '--force', ...OUTPUT],
    [['clear, online'], ['clear, offline', ['Iceberg']], ...SOURCE],
  ],
  [['delete', 'history', '--force', '--delete-data'], [['delete', ['--delete-data']]]],
  [['delete', 'both', '--force'], [['delete']]],
];

test('each command runs under its row, and doctor asks for nothing that is not in it', async () => {
  const { create, put, run, local, s3, dir } = await watchedStore();
  await create('both');
  await create('copy');
  await create('online', { OfflineStoreConfig: undefined });
  await create('history', { OnlineStoreConfig: undefined });
  const S3StorageConfig = { S3Uri: 's3://features/store' };
  await create('iceberg', { OfflineStoreConfig: { S3StorageConfig, TableFormat: 'Iceberg' } });
  const people = ['1', '2'].map((id) => ({ id, at: '2026-01-01T00:00:00Z', name: 'x' }));
  for (const name of ['both', 'copy', 'online', 'history', 'iceberg']) await put(name, people);
  await s3.send(new CreateBucketCommand({ Bucket: 'results' }));
  await writeFile(join(dir, 'ids.csv'), 'id\n1\n2\n');
  await writeFile(join(dir, 'rows.csv'), 'id,at,name\n3,2026-01-02T00:00:00Z,y\n');
  for (const [argv, rows] of COMMANDS) {
    const allowed = new Set(rows.flatMap(([row, words]) => allowedBy(row, words)));
    local.faults.deny = ROUTED_ACTIONS.filter((action) => !allowed.has(action));
    const ran = await run(argv);
    local.faults.deny = [];
    const line = argv.join(' ');
    expect({ line, code: ran.code, stderr: ran.stderr }).toMatchObject({ line, code: 0 });
    expect(`${line}: ${ran.stderr}`).not.toMatch(/not allowed|not available|cannot be (seen|listed|described)/);
  }
});

test.each([
  ['export', 'migrate, source', []],
  ['compare', 'migrate, source', ['bulk-get', 'migrate, target']],
  ['clear', 'clear, online', ['clear, offline']],
  ['migrate', 'migrate, source', ['bulk-put', 'migrate, target']],
  ...[
    'list',
    'get',
    'put',
    'delete-record',
    'schema',
    'add-features',
    'update',
    'bulk-get',
    'bulk-put',
    'delete',
    'create',
  ].map((command): [string, string, string[]] => [command, command, []]),
])('what doctor says of %s is in the table', async (command, row, more) => {
  const { run } = await watchedStore();
  const { stdout } = await run(['doctor', command, '--policy']);
  const { Statement } = JSON.parse(stdout) as { Statement: { Action: string[] }[] };
  const listed = [row, ...more].flatMap((each) => actionsIn(ROWS.get(each)!));
  expect(listed).toEqual(expect.arrayContaining(Statement.flatMap(({ Action }) => Action)));
});
