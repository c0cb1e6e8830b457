/** A clear between an interrupted run and its `--resume`: what that run had written is gone, and must not count as done. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { csv, watchedGroup } from '../support/watched-group.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 60_000 });

const OUTPUT = ['--athena-output', 's3://results/'];

test('bulk-put --resume is refused after a clear of the group, and starting over writes every record', async () => {
  const people = await watchedGroup();
  await people.write('people.csv', csv(2000));
  expect(await people.interruptedAfter(10, ['people.csv'])).toMatchObject({ code: 130 });
  const cleared = await people.run(['clear', 'people', '--online-only', '--force']);
  expect(cleared, cleared.stderr).toMatchObject({ code: 0 });
  expect(cleared.stderr).toContain('1 interrupted run into people can no longer be resumed: start over instead.\n');
  const { count } = people.calls;
  const resumed = await people.bulkPut(['people.csv', '--resume']);
  expect(resumed).toMatchObject({ code: 6 });
  expect(resumed.stderr).toMatch(
    / is of a run into a group that was cleared later, .* Run without --resume to start over\.\n$/,
  );
  expect(people.calls.count).toBe(count);

  // The new run can be resumed again.
  expect(await people.interruptedAfter(count + 10, ['people.csv'])).toMatchObject({ code: 130 });
  expect(people.kept()).toBeGreaterThan(0);
  expect(people.kept()).toBeLessThan(2000);
  expect(await people.bulkPut(['people.csv', '--resume'])).toMatchObject({ code: 0 });
  expect(people.kept()).toBe(2000);
});

test('a clear of another group, and one whose plan is only printed, leave the run as it is', async () => {
  const people = await watchedGroup();
  expect(await people.run(['create', 'pets', '--schema-file', 'schema.json'])).toMatchObject({ code: 0 });
  await people.write('people.csv', csv(2000));
  expect(await people.interruptedAfter(10, ['people.csv'])).toMatchObject({ code: 130 });
  for (const argv of [
    ['pets', '--force'],
    ['people', '--dry-run'],
  ])
    expect(await people.run(['clear', ...argv, '--online-only'])).toMatchObject({ code: 0 });
  expect(await people.bulkPut(['people.csv', '--resume'])).toMatchObject({ code: 0 });
  expect(people.kept()).toBe(2000);
});

/** `src` with so many records, and `dst` with none. */
async function openPair(rows: number) {
  const store = await watchedStore();
  await store.create('src', { OnlineStoreConfig: undefined });
  await store.create('dst');
  const lines = Array.from({ length: rows }, (_, row) => `r${row},2026-01-01T00:00:00Z,n${row}\n`);
  await writeFile(join(store.dir, 'src.csv'), `id,at,name\n${lines.join('')}`);
  expect(await store.run(['bulk-put', 'src', 'src.csv', '--quiet'])).toMatchObject({ code: 0 });
  const { groups, online } = store.local.store;
  const live = () => [...online.scan(groups.find('us-east-1', 'dst')!.id)].length;
  const migrate = (...argv: string[]) => store.run(['migrate', 'src', 'dst', ...OUTPUT, ...argv]);
  const interrupted = (calls: number, ...argv: string[]) => {
    let send = () => {};
    const until = store.wire.count('BatchWriteRecord') + calls;
    store.wire.before = () => void (store.wire.count('BatchWriteRecord') === until && send());
    return store.run(['migrate', 'src', 'dst', ...OUTPUT, ...argv], {
      interrupt: (sender) => (send = () => sender('SIGINT')),
    });
  };
  const clear = () => store.run(['clear', 'dst', '--force']);
  return { live, migrate, interrupted, clear };
}

test('migrate --resume is refused after a clear of the target, and starting over carries every record', async () => {
  const { live, migrate, interrupted, clear } = await openPair(1000);
  expect(await interrupted(10)).toMatchObject({ code: 130 });
  expect(live()).toBeGreaterThan(0);
  expect((await clear()).stderr).toContain('1 interrupted run into dst can no longer be resumed');
  const resumed = await migrate('--resume');
  expect(resumed, resumed.stderr).toMatchObject({ code: 6 });
  expect(live()).toBe(0);
  const over = await migrate();
  expect(over, over.stderr).toMatchObject({ code: 0 });
  expect(over.stderr).toContain('which cannot be resumed: dst was cleared since.');
  expect(live()).toBe(1000);
});

test('migrate --clear-target is resumed as ever: its own clear is part of the run', async () => {
  const { live, migrate, interrupted } = await openPair(1000);
  const first = await interrupted(10, '--clear-target', '--force');
  expect(first, first.stderr).toMatchObject({ code: 130 });
  const second = await migrate('--clear-target', '--force', '--resume');
  expect(second, second.stderr).toMatchObject({ code: 0 });
  expect(live()).toBe(1000);
});

test('migrate --incremental carries everything again after a clear of the target', async () => {
  const { live, migrate, clear } = await openPair(50);
  expect(await migrate('--incremental')).toMatchObject({ code: 0 });
  expect(live()).toBe(50);
  expect((await clear()).stderr).toContain(
    'Removed .sagemaker-fs/src--dst/incremental.json: the next migrate --incremental into dst carries everything again.',
  );
  const again = await migrate('--incremental');
  expect(again, again.stderr).toMatchObject({ code: 0 });
  expect(live()).toBe(50);
});
