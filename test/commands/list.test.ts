import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { localStore } from '../support/run.js';
import { openWire } from '../support/wire.js';

const ROLE = ['--execution-role-arn', 'arn:aws:iam::000000000000:role/test'];
const S3 = ['--s3-uri', 's3://bucket/features', ...ROLE];

async function storeOfEveryKind() {
  const store = await localStore();
  const schema = join(store.dir, 'schema.json');
  await writeFile(
    schema,
    JSON.stringify(['id', 'event_time'].map((FeatureName) => ({ FeatureName, FeatureType: 'String' }))),
  );
  const create = (name: string, ...more: string[]) => store.run(['create', name, '--schema-file', schema, ...more]);
  await create('online-only', '--ttl', '30d');
  await create('offline-only', '--no-online-store', ...S3);
  await create('both', '--storage-type', 'Standard_V2', ...S3);
  await create('iceberg', ...S3, '--table-format', 'Iceberg');
  await create('in-memory', '--storage-type', 'InMemory');
  return store;
}

const textOf = (value: string | number | object | null) =>
  value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

describe('list', () => {
  it('prints [] with -o json and nothing but a note as a table where there is no group', async () => {
    const { run } = await localStore();
    expect(await run(['list', '-o', 'json'])).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
    expect(await run(['list'])).toEqual({ code: 0, stdout: '', stderr: 'No feature groups.\n' });
    expect(await run(['list', '-o', 'csv'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^FeatureGroupName,Status,[^\n]+\n$/),
    });
  });

  it('shows each kind of group for what it is', async () => {
    const { run } = await storeOfEveryKind();
    const { stdout, code } = await run(['list', '-o', 'json']);
    expect(code).toBe(0);
    const rows = JSON.parse(stdout) as Record<string, unknown>[];
    expect(
      rows.map(({ FeatureGroupName, StoreType, StorageType, TableFormat, TTL }) => [
        FeatureGroupName,
        StoreType,
        StorageType,
        TableFormat,
        TTL,
      ]),
    ).toEqual([
      ['both', 'Online+Offline', 'Standard_V2', 'Glue', null],
      ['iceberg', 'Online+Offline', 'Standard', 'Iceberg', null],
      ['in-memory', 'Online Only', 'InMemory', null, null],
      ['offline-only', 'Offline Only', null, 'Glue', null],
      ['online-only', 'Online Only', 'Standard', null, 2_592_000],
    ]);
    expect(rows[0]).toMatchObject({
      Status: 'Created',
      EventTimeFeature: 'event_time',
      RecordIdFeature: 'id',
      AthenaTable: expect.stringMatching(/^sagemaker_featurestore\.both_\d+$/),
      CreationTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      ResolvedOutputS3Uri: expect.stringMatching(
        /^s3:\/\/bucket\/features\/000000000000\/sagemaker\/us-east-1\/offline-store\/both-\d+\/data$/,
      ),
    });
  });

  it('has the same in CSV and JSON lines as in JSON, for machines to read', async () => {
    const { run } = await storeOfEveryKind();
    await run(['put', 'both', '--record', '{"id": "1"}']);
    const rows = JSON.parse((await run(['list', '-o', 'json'])).stdout) as Record<
      string,
      string | number | object | null
    >[];
    const lines = (await run(['list', '-o', 'jsonl'])).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(rows);
    const csv = parse<Record<string, string>>((await run(['list', '-o', 'csv'])).stdout, { columns: true });
    expect(Object.keys(csv[0]!).sort()).toEqual([...Object.keys(rows[0]!), 'Error'].sort());
    for (const [index, row] of rows.entries()) {
      const texts = Object.entries({ ...row, Error: null }).map(([name, value]) => [name, textOf(value)]);
      expect(csv[index]).toEqual(Object.fromEntries(texts));
    }
    expect(csv[0]!.OnlineStoreTotalSizeBytes).toMatch(/^[1-9]\d*$/);
    expect(csv.at(-1)).toMatchObject({ FeatureGroupName: 'online-only', TTL: '2592000' });
  });

  it('filters and sorts', async () => {
    const { run } = await storeOfEveryKind();
    const names = async (...argv: string[]) =>
      (JSON.parse((await run(['list', '-o', 'json', ...argv])).stdout) as { FeatureGroupName: string }[]).map(
        (row) => row.FeatureGroupName,
      );
    expect(await names('--name-contains', 'only')).toEqual(['offline-only', 'online-only']);
    expect(await names('--store-type', 'offline')).toEqual(['offline-only']);
    expect(await names('--descending')).toEqual(['online-only', 'offline-only', 'in-memory', 'iceberg', 'both']);
    expect(await names('--status', 'Creating')).toEqual([]);
  });

  it('fits every terminal, dropping columns and never breaking a line', async () => {
    const { run } = await storeOfEveryKind();
    for (const columns of [20, 40, 80, 200]) {
      const { stdout } = await run(['list', '--no-color'], { terminal: { columns } });
      const lines = stdout.trimEnd().split('\n');
      expect(lines).toHaveLength(6);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });

  it('has colours on a terminal only, and none with --no-color or NO_COLOR', async () => {
    const { run } = await storeOfEveryKind();
    const terminal = { columns: 80 };
    expect((await run(['list'], { terminal })).stdout).toContain('\u001b[1m');
    expect((await run(['list'])).stdout).not.toContain('\u001b');
    expect((await run(['list', '--no-color'], { terminal })).stdout).not.toContain('\u001b');
    expect((await run(['list'], { terminal, env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b');
  });

  it('keeps the rows of groups that it cannot describe, and says why, exit 4', async () => {
    const store = await openWire();
    await writeFile(
      join(store.dir, 'schema.json'),
      JSON.stringify(['id', 'event_time'].map((FeatureName) => ({ FeatureName, FeatureType: 'String' }))),
    );
    expect(await store.run(['create', 'people', '--schema-file', 'schema.json'])).toMatchObject({ code: 0 });
    store.local.faults.deny = ['sagemaker:DescribeFeatureGroup'];
    const { code, stdout, stderr } = await store.run(['list', '--no-color'], { terminal: { columns: 300 } });
    expect({ code, stdout }).toEqual({
      code: 4,
      stdout: expect.stringMatching(/\npeople +Created \(error\) /) as string,
    });
    for (const format of ['json', 'jsonl', 'csv']) {
      const told = await store.run(['list', '-o', format]);
      expect(told).toMatchObject({ code: 4, stdout: expect.stringContaining('Access denied: ') as string });
      expect(told.stdout).not.toContain('(error)');
    }
    // Of no kind is none told.
    expect(stderr).toMatch(/(?:^|[\r\nK])1 feature group\nwarning: people could not be described: Access denied: /);
    expect(stderr).toMatch(/\nsagemaker-fs: 1 of 1 feature group could not be described\.\n$/);
  });
});
