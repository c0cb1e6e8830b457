/** Every example of every `--help`, run as it is printed, each on a store that holds what the example names. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CreateFeatureGroupCommandInput } from '@aws-sdk/client-sagemaker';
import { describe, expect, test, vi } from 'vitest';
import { wordsOf } from './support/console.js';
import { definitions } from './support/groups.js';
import { typed } from './support/run.js';
import { watchedStore } from './support/watched-store.js';

const FEATURES = 'id:String, updated_at:String, age:Integral, city:String';
const having = (more: string) => ({ FeatureDefinitions: definitions(`${FEATURES}, ${more}`) });
const GROUPS: Record<string, Partial<CreateFeatureGroupCommandInput>> = {
  customers: {},
  'customers-history': {},
  'customers-online': {},
  'customers-v1': {},
  'customers-v2': {},
  'clicks-v1': {},
  events: {},
  a: {},
  b: {},
  old: having('colour:String, notes:String'),
  new: having('color:String'),
  embeddings: {
    OnlineStoreConfig: { EnableOnlineStore: true, StorageType: 'InMemory' },
    OfflineStoreConfig: undefined,
  },
};
/** Where it is not 42, 43 and 44. */
const HELD: Record<string, string[]> = { 'customers-online': [], b: [], new: ['43', '44'], embeddings: [] };
const record = (id: string) => ({ id, updated_at: '2026-01-02T03:04:05Z', age: '31', city: 'Zürich' });

const json = JSON.stringify;
const failure = { line: 2, id: '42', code: 'ValidationError', message: 'No.', attempts: 1, record: record('42') };
const profile = (name: string) => `[profile ${name}]\naws_access_key_id = a\naws_secret_access_key = b\n`;
const FILES: Record<string, string | Buffer> = {
  'ids.csv': 'id\n42\n43\n',
  'ids.txt': '42\n43\n',
  'ids.json': '["42", "nobody"]',
  'customer.json': json(record('42')),
  'customers.csv': 'id,updated_at,age,city\n42,2026-01-03T00:00:00Z,32,Bern\n',
  'export.jsonl.gz': gzipSync(
    `${json({ customer_id: '42', age: 32, who: 'x', updated_at: '2026-01-03T00:00:00Z' })}\n`,
  ),
  'customers.errors.jsonl': `${json(failure)}\n`,
  'shops.csv': 'Shop No,event_time,Zip Code\n7,2026-01-03T00:00:00Z,10115\n',
  'clicks.json': json(definitions('id:String, event_time:String')),
  'more.schema.json': json(definitions('zip:String')),
  'aws-config': profile('prod') + profile('staging'),
};
/** What the programs before a `|` would print. */
const PIPED: [string, string][] = [
  ['cut ', 'id\n42\n43\n'],
  ['jq ', json(record('42'))],
  ['zcat ', json([{ id: '42', age: 31 }])],
];
/** One stays until it is stopped, one needs the built sample, one waits a quarter of an hour: they have tests of their own. */
const LONG = /local (?:serve|demo)|--settle/;

const examples = (await readFile(new URL('help.txt', import.meta.url), 'utf8'))
  .replaceAll(/ \\\n +/g, ' ')
  .split(/^\$ (?=sagemaker-fs .*--help$)/m)
  .flatMap((help) => /\nExamples:\n(.*?)\n(?:\n|$)/s.exec(help)?.[1]?.split('\n') ?? [])
  .map((line) => line.trim())
  .filter((line) => !line.startsWith('# '));

test('there are examples', () => expect(examples.length).toBeGreaterThan(60));

describe('the example', () => {
  test.each(examples.filter((example) => !LONG.test(example)))('%s', async (example) => {
    const { dir, run, create, put, local } = await watchedStore();
    vi.stubEnv('AWS_CONFIG_FILE', join(dir, 'aws-config')).stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(dir, 'none'));
    for (const bucket of ['my-bucket', 'my-backups']) await local.store.objects.buckets.create(bucket, 'us-east-1');
    const made = / (?:-o|create|export \S+) (\S+)/.exec(example)?.[1];
    const words = example.split(/\s+/);
    for (const [name, content] of Object.entries(FILES)) if (name !== made) await writeFile(join(dir, name), content);
    for (const [name, change] of Object.entries(GROUPS).filter(([each]) => words.includes(each) && each !== made)) {
      await create(name, { EventTimeFeatureName: 'updated_at', FeatureDefinitions: definitions(FEATURES), ...change });
      await put(name, (HELD[name] ?? ['42', '43', '44']).map(record));
    }
    for (const command of example.split(' ; ')) {
      const [, before = '', own] = /^(?:(?!sagemaker-fs)(.*?) \| )?(sagemaker-fs .*?)(?: +(?:[#|]|> ).*)?$/.exec(
        command,
      )!;
      const argv = wordsOf(own!).slice(1);
      const stdin = PIPED.find(([program]) => before.startsWith(program))?.[1];
      const named = argv.filter((word) => word in GROUPS);
      const answers = typed(...(argv[0] === 'migrate' ? named.slice(-1) : named));
      const ran = await run(argv, { terminal: { columns: 80 }, stdin: stdin ?? answers, cwd: dir });
      expect(ran.code, `${command}\n${ran.stderr}`).toBe(own!.includes('compare old new') ? 7 : 0);
    }
  });
});
