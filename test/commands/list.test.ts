import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
      ['online-only', 'Online Only', 'Standard', null, '30 Days'],
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
    // Of no kind is none told.
    expect(stderr).toMatch(/(?:^|[\r\nK])1 feature group\nwarning: people could not be described: Access denied: /);
    expect(stderr).toMatch(/\nsagemaker-fs: 1 of 1 feature group could not be described\.\n$/);
  });
});
