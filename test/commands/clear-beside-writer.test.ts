/** `clear --backup-s3` with a writer beside it: what is gone is in the backup, whatever came when. */
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openClearStore, people } from '../support/clear-groups.js';
import type { PlainRecord } from '../support/groups.js';

const RUNS = 20;
const RECORDS = 30;
/** Of each call, so that a run takes a moment. */
const LATENCY_MS = 2;

const textOf = (record: PlainRecord | undefined) => JSON.stringify(Object.entries(record ?? {}).sort());

async function openShop(Status?: 'Enabled') {
  const store = await openClearStore();
  await store.create('shop');
  await store.local.store.objects.createBucket('backups', 'us-east-1');
  if (Status)
    await store.s3.send(new PutBucketVersioningCommand({ Bucket: 'features', VersioningConfiguration: { Status } }));
  store.wire.latencyMs = LATENCY_MS;
  const backedUp = () => store.objectsUnder('', 'backups').map(({ key, file }) => [key, readFileSync(file)] as const);
  return { ...store, backedUp };
}
type Shop = Awaited<ReturnType<typeof openShop>>;

/** New records, records written over, records written again after they were deleted; objects that come, and that change. */
function startWriter(store: Shop, seed: number) {
  const records = new Map<string, PlainRecord>();
  const objects = new Map<string, string>();
  let stopped = false;
  const put = async (record: PlainRecord) => {
    await store.putOne('shop', record);
    records.set(String(record.id), record);
  };
  const putObject = async (name: string, content: string) => {
    await store.local.store.objects.put('features', `${store.prefixOf('shop')}${name}`, Buffer.from(content));
    objects.set(name, content);
  };
  const written = (async () => {
    for (let turn = 0; !stopped; turn += 1) {
      const at = new Date(Date.UTC(2026, 1, 1) + seed * 86_400_000 + turn).toISOString();
      const id = turn % 3 === 0 ? `new-${seed}-${turn}` : `p${(turn * 7) % RECORDS}`;
      await put({ id, at, name: `${seed} ${turn}` });
      if (turn % 5 === 0) await putObject(`late-${turn % 15}.parquet`, `${seed} ${turn}`);
      await sleep(turn % 2);
    }
  })();
  return {
    put,
    ...{ records, objects },
    async stop() {
      stopped = true;
      await written;
    },
  };
}

/** The writer begins with the clear, or with the first deletion; most runs outlast it, and end with an empty group. */
async function clearBeside(store: Shop, seed: number) {
  await store.put('shop', ...people(RECORDS));
  let writer: ReturnType<typeof startWriter> | undefined;
  store.wire.before = ({ operation }) => {
    if (seed % 3 === 0 || operation === 'DeleteRecord') writer ??= startWriter(store, seed);
  };
  const cleared = store.clear('shop', '--force', '--backup-s3', `s3://backups/${seed}/`);
  while (!writer) await sleep(5);
  await Promise.race([cleared, sleep(25 * seed)]);
  await writer.stop();
  const { code, stderr } = await cleared;
  expect([0, 1], stderr).toContain(code);
  if (code === 1) expect(stderr).toMatch(/keep appearing|written faster|was replaced while|backup failed/);
  return { writer, code };
}

test.each([
  ['a bucket without versions', undefined],
  ['a versioned bucket', 'Enabled'],
] as const)(
  `${RUNS / 2} times on %s`,
  async (_what, versioning) => {
    const store = await openShop(versioning);
    let [emptied, late] = [0, 0];
    for (let seed = 1; seed <= RUNS / 2; seed += 1) {
      const { writer, code } = await clearBeside(store, seed);
      const files = store.backedUp();
      const lines = files
        .filter(([key]) => key.endsWith('.jsonl'))
        .flatMap(([, bytes]) => bytes.toString().split('\n'));
      const held = new Set(lines.filter(Boolean).map((line) => textOf(JSON.parse(line) as PlainRecord)));
      const copies = new Set(files.map(([, bytes]) => bytes.toString()));
      const stored = new Set(
        store.objectsUnder(store.prefixOf('shop')).map(({ file }) => readFileSync(file).toString()),
      );
      for (const record of people(RECORDS))
        expect(held.has(textOf(record)), `run ${seed}: ${textOf(record)}`).toBe(true);
      for (const [id, record] of writer.records) {
        if (textOf(await store.get('shop', id)) === textOf(record)) continue;
        expect(held.has(textOf(record)), `run ${seed}: ${textOf(record)}`).toBe(true);
      }
      for (const [name, content] of writer.objects)
        expect(stored.has(content) || copies.has(content), `run ${seed}: ${name} ${content}`).toBe(true);
      if (code === 0) emptied += 1;
      if (files.some(([key]) => key.includes('late-records'))) late += 1;
    }
    expect(emptied).toBeGreaterThan(0);
    expect(late).toBeGreaterThan(0);
  },
  120_000,
);
