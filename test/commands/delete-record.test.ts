/** `delete-record --ids-file`: any number of records, named in a file of any form. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { definitions } from '../support/groups.js';
import { typed } from '../support/run.js';
import { watchedStore } from '../support/watched-store.js';
import { refusal, type WireRequest } from '../support/wire.js';

const AT = '2026-01-01T00:00:00Z';

async function openShop(count = 120, identifier = 'sku') {
  const store = await watchedStore();
  const group = {
    RecordIdentifierFeatureName: identifier,
    FeatureDefinitions: definitions(`${identifier}:String, at:String`),
  };
  await store.create('shop', group);
  await store.put(
    'shop',
    Array.from({ length: count }, (_, n) => ({ [identifier]: `s${n}`, at: AT })),
  );
  store.wire.requests.length = 0;
  const remove = (...argv: string[]) => store.run(['delete-record', 'shop', ...argv]);
  const write = (name: string, content: string | Buffer) => writeFile(join(store.dir, name), content);
  const left = async () => {
    const { stdout } = await store.run(['export', 'shop', '-', '--online', '--format', 'jsonl']);
    return stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as Record<string, string>)[identifier]!)
      .sort();
  };
  return { ...store, remove, write, left };
}

const all = Array.from({ length: 120 }, (_, n) => `s${n}`);

describe('delete-record --ids-file', () => {
  it.each([
    ['ids.csv', `note,sku\n${all.map((id) => `x,${id}\n`).join('')}`, []],
    ['ids.txt.gz', gzipSync(all.join('\n')), []],
    ['ids.json', JSON.stringify(all), []],
    ['ids.jsonl', all.map((id) => JSON.stringify({ record_id: id })).join('\n'), ['--hard', '--max-workers', '16']],
    ['ids.dat', `sku;n\n${all.map((id) => `${id};1\n`).join('')}`, ['--input-format', 'csv', '--delimiter', ';']],
  ])('deletes what %s names', async (name, content, options) => {
    const { remove, write, left, wire, dir } = await openShop();
    await write(name, content);
    const { code, stderr } = await remove('--ids-file', name, '--force', ...options);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(
      new RegExp(`this deletes 120 records from shop, named in ${name}: s0, s1, .*s9 and 110 more\\.`),
    );
    expect(stderr).toContain('120 deleted, 0 failed');
    expect(await left()).toEqual([]);
    expect(wire.count('DeleteRecord')).toBe(120);
    expect((await readdir(dir)).filter((file) => file.includes('errors'))).toEqual([]);
  });

  it('reads stdin with --force, since that cannot take an answer as well', async () => {
    const { run, left, wire } = await openShop(3);
    const argv = ['delete-record', 'shop', '--ids-file', '-'];
    const stdin = () => Readable.from(['s0\ns2\n']);
    const refused = await run(argv, { stdin: stdin() });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--ids-file - needs --force') });
    expect(wire.count('DeleteRecord')).toBe(0);
    const { code, stderr } = await run([...argv, '--input-format', 'csv', '--force'], {
      stdin: Readable.from(['sku\ns0\ns2\n']),
    });
    expect(code, stderr).toBe(0);
    expect(await left()).toEqual(['s1']);
  });

  it('asks with the number, and --dry-run only counts', async () => {
    const { run, remove, write, left, wire } = await openShop(3);
    await write('ids.txt', 's0\ns1\n');
    const dry = await remove('--ids-file', 'ids.txt', '--dry-run');
    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/this deletes 2 records from shop, named in ids\.txt: s0, s1\./),
    });
    expect((await remove('s0', '--dry-run')).stdout).toContain('this deletes 1 record from shop: s0.');
    expect((await remove('--ids-file', 'ids.txt')).code).toBe(6);
    const wrong = await run(['delete-record', 'shop', '--ids-file', 'ids.txt'], {
      terminal: { columns: 80 },
      stdin: typed('yes'),
    });
    expect(wrong.code).toBe(6);
    expect(wire.count('DeleteRecord')).toBe(0);
    expect(await left()).toEqual(['s0', 's1', 's2']);
  });

  it('takes identifiers from one place', async () => {
    const { remove, write } = await openShop(1);
    await write('ids.txt', 's0\n');
    await write('none.csv', 'sku\n');
    expect((await remove()).code).toBe(2);
    expect((await remove('s0', '--ids-file', 'ids.txt')).code).toBe(2);
    expect(await remove('--ids-file', 'none.csv', '--force')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nothing is deleted'),
    });
    expect((await remove('--ids-file', 'gone.csv', '--force')).code).toBe(2);
  });

  it('keeps what failed in a file that it takes again, whatever the identifier is called', async () => {
    const { remove, put, write, left, dir } = await openShop(3, 'code');
    await put('shop', [
      { code: 's1', at: '2999-01-01T00:00:00Z' },
      { code: 'ValidationError', at: AT },
    ]);
    await write('ids.jsonl', '{"code":"s0"}\n{"code":"s1"}\n{"code":null}\n');
    const { code, stderr } = await remove('--ids-file', 'ids.jsonl', '--force', '--target-stores', 'online,offline');
    expect(code).toBe(4);
    expect(stderr).toContain('delete-record shop --ids-file ids.errors.jsonl --target-stores online,offline');
    expect(stderr).toContain('1 row without an identifier is a failure each.');
    expect(stderr).toContain('1 deleted, 2 failed');
    const lines = (await readFile(join(dir, 'ids.errors.jsonl'), 'utf8')).trim().split('\n');
    const failed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(failed.find(({ id }) => id === 's1')?.message).toMatch(/still there.*2999-01-01/);
    const again = await remove('--ids-file', 'ids.errors.jsonl', '--event-time', '3000-01-01T00:00:00Z', '--force');
    expect(again.code).toBe(4);
    expect(again.stderr).toContain('1 deleted, 1 failed');
    expect(await left()).toEqual(['ValidationError', 's2']);
  });

  it.each([
    ['typed', ['s0', 'gone', 's0']],
    ['in a file', ['--ids-file', 'ids.txt']],
  ])('an identifier %s without a record is missing, not deleted, and gets its tombstone', async (_how, named) => {
    const { remove, write, left, wire } = await openShop(2);
    await write('ids.txt', 's0\ngone\ns0\n');
    const { code, stderr } = await remove(...named, '--force');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('2 without a record: "gone", "s0".');
    expect(stderr).toContain('1 deleted, 0 failed, 2 missing');
    expect(wire.count('DeleteRecord')).toBe(3);
    expect(await left()).toEqual(['s1']);
  });

  it('failures of typed identifiers are kept where --errors-file says so', async () => {
    const { remove, put, dir } = await openShop(2);
    await put('shop', [{ sku: 's1', at: '2999-01-01T00:00:00Z' }]);
    const plain = await remove('s1', '--force');
    expect(plain).toMatchObject({ code: 4, stderr: expect.stringMatching(/^sagemaker-fs: 1 record failed\.$/m) });
    expect((await readdir(dir)).filter((file) => file.includes('errors'))).toEqual([]);
    const { code, stderr } = await remove('s0', 's1', '--force', '--errors-file', 'kept.jsonl');
    expect(code).toBe(4);
    expect(stderr).toContain('delete-record shop --ids-file kept.jsonl');
    expect(JSON.parse(await readFile(join(dir, 'kept.jsonl'), 'utf8'))).toMatchObject({ id: 's1', attempts: 1 });
  });

  it('a deletion that fails for a moment is no failed record', async () => {
    const { remove, write, left, local } = await openShop(40);
    await write('ids.txt', all.slice(0, 40).join('\n'));
    local.faults.errorRate = 0.2;
    const { code, stderr } = await remove('--ids-file', 'ids.txt', '--force', '--max-workers', '8');
    local.faults.errorRate = 0;
    expect(code, stderr).toBe(0);
    expect(await left()).toEqual([]);
  });
});

describe('a deletion that is accepted, where GetRecord is denied', () => {
  const ACCEPTED = 'Its deletion was accepted, but it could not be proved that the record is gone. Access denied';
  const denied = ({ operation }: WireRequest) =>
    operation === 'GetRecord' ? refusal(403, 'AccessDeniedException') : undefined;

  it('fails, and says what is known', async () => {
    const { remove, left, wire } = await openShop(3);
    wire.answer = denied;
    const one = await remove('s0', '--force');
    expect(one.stderr).toContain(`warning: record s0: ${ACCEPTED}`);
    expect(one.stderr).toContain('0 deleted, 1 failed');
    expect(one.stderr).toMatch(/^sagemaker-fs: Access denied.*sagemaker:GetRecord/m);
    expect(one).toMatchObject({ code: 1, stdout: '' });
    wire.answer = (request) =>
      request.operation === 'DeleteRecord' && request.target.includes('=none')
        ? refusal(400, 'ValidationError')
        : denied(request);
    const several = await remove('none', 's1', 's2', '--force', '--max-workers', '1');
    expect(several.stderr).toContain(`warning: record s1: ${ACCEPTED}`);
    expect(several.stderr).toContain('0 deleted, 2 failed');
    expect(several.code).toBe(1);
    expect(await left()).toEqual(['s2']);
  });

  it('stops at the first of a file, which is a failure that says so', async () => {
    const { remove, write, wire, dir } = await openShop(3);
    await write('ids.txt', 's0\ns1\ns2\n');
    wire.answer = denied;
    const { code, stderr } = await remove('--ids-file', 'ids.txt', '--force', '--max-workers', '1');
    expect(stderr).toContain('0 deleted, 1 failed');
    expect(code).toBe(1);
    const failed = JSON.parse(await readFile(join(dir, 'ids.errors.jsonl'), 'utf8')) as Record<string, unknown>;
    expect(failed).toMatchObject({ id: 's0', code: 'Unproved' });
    expect(failed.message).toContain(ACCEPTED);
    expect(wire.count('DeleteRecord')).toBe(1);
  });
});
