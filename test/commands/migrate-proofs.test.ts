/** What `migrate` must know before it clears a target, or says that all is well: results that say nothing prove nothing. */
import { StartQueryExecutionCommand } from '@aws-sdk/client-athena';
import { describe, expect, test, vi } from 'vitest';
import { AT, openClearStore, people } from '../support/clear-groups.js';
import { OFFLINE } from '../support/groups.js';
import { ask, ended } from '../support/queries.js';
import { refusal, s3Refusal, type WireRequest } from '../support/wire.js';

vi.setConfig({ testTimeout: 60_000 });

const OUTPUT = ['--athena-output', 's3://results/'];
const CLEAR = ['--clear-target', '--force'];
const OFFLINE_ONLY = { OnlineStoreConfig: undefined };
const iceberg = { ...OFFLINE_ONLY, OfflineStoreConfig: { ...OFFLINE, TableFormat: 'Iceberg' as const } };

async function openPair(target: object = {}) {
  const store = await openClearStore();
  await store.create('src', OFFLINE_ONLY);
  await store.create('dst', target);
  await store.put('src', ...people(3));
  await store.put('dst', ...people(2, 'd'));
  const kept = store.outside('', { own: 'none', id: '' });
  return {
    ...store,
    migrate: (...argv: string[]) => store.run(['migrate', 'src', 'dst', ...OUTPUT, ...argv]),
    /** No record, row or object has changed, but for Athena's results. */
    expectAsBefore() {
      const now = Object.entries(store.outside('', { own: 'none', id: '' }));
      expect(Object.fromEntries(now.filter(([name]) => !name.startsWith('results/')))).toEqual(kept);
    },
    run: store.run,
  };
}
type Store = Awaited<ReturnType<typeof openPair>>;

/** The results are empty objects, from the n-th on. */
function emptyResults({ wire }: Store, from: number): void {
  const seen = new Set<string>();
  wire.answer = ({ operation, target }: WireRequest) => {
    const [, file] = /^\/results\/([^/?]+\.csv)\?/.exec(target) ?? [];
    if (operation !== 'S3 GET' || file === undefined) return undefined;
    seen.add(file);
    return seen.size >= from ? s3Refusal(416, 'InvalidRange') : undefined;
  };
}

describe('a result without a header is none', () => {
  test.each([
    { what: 'the count', from: 1 },
    { what: 'the records', from: 2 },
  ])('$what: exit 1, the target untouched', async ({ from }) => {
    const store = await openPair();
    emptyResults(store, from);
    const { code, stderr } = await store.migrate(...CLEAR, '--verify');
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/The result of Athena, s3:\/\/results\/\S+\.csv, is empty/);
    store.expectAsBefore();
  });

  test('of a comparison: exit 1, and not “all the same”', async () => {
    const store = await openPair();
    emptyResults(store, 3);
    const { code, stdout, stderr } = await store.run(['compare', 'src', 'dst', ...OUTPUT]);
    expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: '' });
  });

  test('through Athena, a count without a row is no zero', async () => {
    const store = await openPair();
    store.local.faults.deny = ['s3:GetObject'];
    store.wire.alter = ({ operation }, answer) => {
      const { ResultSet } = answer as { ResultSet?: { Rows: unknown[] } };
      return operation === 'GetQueryResults'
        ? { ResultSet: { ...ResultSet, Rows: ResultSet!.Rows.slice(0, 1) } }
        : answer;
    };
    const { code, stderr } = await store.migrate(...CLEAR);
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('The result of Athena lacks the number of rows');
    store.local.faults.deny = [];
    store.expectAsBefore();
  });
});

describe('--clear-target clears nothing', () => {
  test.each(['api', 'athena'])('for a source that has lost its records since the plan, --engine %s', async (name) => {
    const engine = ['--engine', name];
    const store = await openPair(name === 'athena' ? OFFLINE_ONLY : {});
    store.wire.change = ({ operation }, body) => {
      const sql = String(body.QueryString);
      if (operation === 'StartQueryExecution' && store.wire.count('StartQueryExecution') > 1)
        body.QueryString = sql
          .replace('"is_deleted", false', '"is_deleted", true')
          .replace('NOT coalesce("is_deleted"', 'NOT coalesce(true or "is_deleted"');
    };
    const { code, stderr } = await store.migrate(...CLEAR, ...engine);
    expect(code, stderr).toBe(6);
    expect(stderr).toContain(
      'src had 3 records to migrate when the plan was made, and has none now: dst was not cleared',
    );
    store.expectAsBefore();
    store.wire.change = () => {};
    expect(await store.migrate(...CLEAR, ...engine)).toMatchObject({ code: 0 });
  });

  test.each(['', '--dry-run'])('for a source that has nothing to migrate, unless that is expected %s', async (dry) => {
    const store = await openPair();
    const nothing = ['--filter-query', "name = 'nobody'", ...CLEAR, ...(dry ? [dry] : [])];
    const { code, stderr } = await store.migrate(...nothing);
    expect(code, stderr).toBe(6);
    expect(stderr).toContain('src has nothing to migrate, and --clear-target would leave dst empty');
    store.expectAsBefore();
    expect((await store.migrate(...nothing, '--expect-count', '0')).code).toBe(0);
  });

  test('where the result of the query lies in what is cleared', async () => {
    const store = await openPair();
    const within = `s3://features/${store.prefixOf('dst')}athena/`;
    const { code, stderr } = await store.migrate(...CLEAR, '--athena-output', within);
    expect(code, stderr).toBe(6);
    expect(stderr).toContain('within the offline store of dst, which is cleared before the result is read');
    expect(await store.listed('dst')).toEqual(['d0', 'd1']);
  });

  test.each([
    ['Glue', OFFLINE_ONLY],
    ['Iceberg', iceberg],
  ])('with --engine athena, where the rows cannot be put in order: %s', async (_format, target) => {
    const store = await openPair(target);
    store.wire.answer = ({ operation, body }) =>
      operation === 'StartQueryExecution' && /row_number/.test(body)
        ? refusal(400, 'InvalidRequestException', 'Query exhausted resources at this scale factor')
        : undefined;
    const { code, stderr } = await store.migrate(...CLEAR, '--engine', 'athena');
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('exhausted resources');
    store.expectAsBefore();
  });
});

describe('--engine athena', () => {
  test.each([
    ['Glue', OFFLINE_ONLY],
    ['Iceberg', iceberg],
  ])('inserts every record beside rows that are none, into %s', async (_format, target) => {
    const store = await openPair(target);
    const { database, name } = store.local.store.groups.find('us-east-1', 'src')!.offline!.table!;
    const row = (id: string, at: string) => `(${id}, ${at}, 1e0, 2, 'x', localtimestamp, localtimestamp, false)`;
    const sql = `INSERT INTO "${database}"."${name}" VALUES ${row('NULL', `'${AT(0)}'`)}, ${row("'5'", 'NULL')}`;
    const started = await store.athena.send(
      new StartQueryExecutionCommand({ QueryString: sql, ResultConfiguration: { OutputLocation: 's3://features/' } }),
    );
    expect((await ended(store.athena, started.QueryExecutionId!)).Status?.State).toBe('SUCCEEDED');
    const { code, stderr } = await store.migrate('--engine', 'athena');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('3 inserted, 0 failed');
    const table = store.local.store.groups.find('us-east-1', 'dst')!.offline!.table!;
    const rows = await ask(store.athena, `SELECT id FROM "${table.name}" ORDER BY 1`);
    expect(rows.slice(1).flat()).toEqual(['d0', 'd1', 'p0', 'p1', 'p2']);
  });

  test('refuses two groups of one table, which would hold every row twice: exit 2', async () => {
    const store = await openClearStore();
    const DataCatalogConfig = { Catalog: 'AwsDataCatalog', Database: 'own', TableName: 'shared' };
    const OfflineStoreConfig = { ...OFFLINE, DataCatalogConfig, DisableGlueTableCreation: true };
    for (const name of ['src', 'dst']) await store.create(name, { ...OFFLINE_ONLY, OfflineStoreConfig });
    const { code, stderr } = await store.run(['migrate', 'src', 'dst', ...OUTPUT, '--engine', 'athena']);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain('src and dst have one table, own.shared');
    expect(store.wire.count('StartQueryExecution')).toBe(0);
  });
});

test('clear deletes no more rows of an Iceberg table than --max-delete, though they came after the plan: exit 6', async () => {
  const store = await openClearStore();
  await store.create('shop', { OfflineStoreConfig: { ...OFFLINE, TableFormat: 'Iceberg' } });
  await store.put('shop', ...people(3));
  store.wire.after = async ({ operation }) => {
    // The result of the first count is removed once it has been read.
    if (operation === 'S3 POST delete' && store.wire.count(operation) === 1)
      await store.put('shop', ...people(4, 'late'));
  };
  const { code, stderr } = await store.clear('shop', '--offline-only', '--force', '--max-delete', '5', ...OUTPUT);
  expect(code, stderr).toBe(6);
  expect(stderr).toMatch(/There are more than 5 rows in \S+ by now \(--max-delete\): stopped there/);
  expect(store.wire.requests.filter(({ body }) => body.includes('DELETE FROM'))).toEqual([]);
});
