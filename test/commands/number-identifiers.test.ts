/** Record identifiers that are numbers: text to the online store, where `1` and `1.0` are two, and one number to the offline store. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { refuseOther } from '../../src/feature-store/online/answered-records.js';
import { groupOf } from '../support/feature-groups.js';
import { definitions } from '../support/groups.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 120_000 });

const OUTPUT = ['--athena-output', 's3://results/athena/'];
const AT = '2026-01-01T00:00:00Z';

async function openStore(type: 'Fractional' | 'Integral', identifiers: string[]) {
  const store = await watchedStore();
  await store.create('numbers', { FeatureDefinitions: definitions(`id:${type}, at:String, text:String`) });
  await store.put(
    'numbers',
    identifiers.map((id) => ({ id, at: AT, text: id })),
  );
  return store;
}

interface Report {
  counts: Record<string, number>;
  differences: { id: string; kind: string }[];
}

describe('compare of a group with itself', () => {
  test.each([
    ['Fractional', ['1', '2.0', '3e0', '-0', '.5', '123456789012345678901', '0.1000000000000000055511']],
    ['Integral', ['1', '007', '+8', '-0', '9007199254740993', '9007199254740992', '-9223372036854775808']],
  ] as const)('finds every %s identifier under the text that it has online', async (type, identifiers) => {
    const { run } = await openStore(type, [...identifiers]);
    const { code, stderr, stdout } = await run(['compare', 'numbers', ...OUTPUT, '-o', 'json']);
    expect(code, stderr).toBe(0);
    expect((JSON.parse(stdout) as Report).counts).toMatchObject({ same: 7, missing: 0, extra: 0 });
  });

  test('of two texts for one number the older record is one too many, and what mends the other has its text', async () => {
    const { run, put } = await openStore('Integral', ['7', '05']);
    await put('numbers', [{ id: '007', at: '2026-01-02T00:00:00Z', text: 'newer' }]);
    await run([
      'put',
      'numbers',
      '--record',
      JSON.stringify({ id: '05', at: AT, text: 'other' }),
      '--target-stores',
      'online',
    ]);
    const fix = ['--differences-file', 'fix.jsonl'];
    const { code, stdout } = await run(['compare', 'numbers', ...OUTPUT, ...fix, '-o', 'json']);
    expect(code).toBe(7);
    const { counts, differences } = JSON.parse(stdout) as Report;
    expect(counts).toMatchObject({ same: 1, missing: 0, extra: 1, different: 1 });
    expect(differences.map(({ id, kind }) => [id, kind]).sort()).toEqual([
      ['05', 'different'],
      ['7', 'extra'],
    ]);
    expect((await run(['bulk-put', 'numbers', 'fix.jsonl', '--target-stores', 'online'])).code).toBe(0);
    expect(JSON.parse((await run(['get', 'numbers', '05'])).stdout)).toEqual({ id: '05', at: AT, text: '05' });
  });
});

describe('an identifier that the type cannot hold', () => {
  const NO_INTEGRAL = 'is not an Integral (a whole number from -2^63 to 2^63-1).';
  const cases = [
    ['Integral', '7', ['k1', '1.0', '1e3', ' 7', '7 ', '0x10', '9223372036854775808']],
    ['Fractional', '7.5', ['k1', 'NaN', 'Infinity', '1,5', ' 7.5', '1e999']],
  ] as const;

  test.each(cases)(
    '%s: delete-record refuses it, typed or in a file, before it deletes %s',
    async (type, good, bad) => {
      const { run, wire, dir } = await openStore(type, [good]);
      for (const identifier of bad) {
        const wrong = `Feature id: ${JSON.stringify(identifier)} is not a`;
        await writeFile(join(dir, 'ids.json'), JSON.stringify([good, identifier], null, 1));
        for (const named of [
          [good, identifier],
          ['--ids-file', 'ids.json'],
        ]) {
          const { code, stderr } = await run(['delete-record', 'numbers', ...named, '--force']);
          expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(wrong) });
          expect(/ids\.json, line 3: Feature id/.test(stderr), stderr).toBe(named[1] === 'ids.json');
        }
      }
      expect(wire.count('DeleteRecord')).toBe(0);
    },
  );

  test.each(cases)('%s: bulk-get takes it for a bad row and reads the others', async (type, good, bad) => {
    const { run, dir } = await openStore(type, [good]);
    await writeFile(join(dir, 'ids.json'), JSON.stringify([...bad, good]));
    const { code, stdout, stderr } = await run(['bulk-get', 'numbers', 'ids.json']);
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject([{ id: good }]);
    expect(stderr).toContain(`line 1: Feature id: "k1" is not a${type === 'Integral' ? 'n' : ''} ${type} (`);
    expect(stderr).toContain(`1 read, ${bad.length} failed`);
    const kept = (await readFile(join(dir, 'ids.errors.jsonl'), 'utf8')).trim().split('\n');
    expect(kept.map((line) => (JSON.parse(line) as { record: { id: string } }).record.id)).toEqual(bad);
  });

  test('get and put say so, too', async () => {
    const { run, wire } = await openStore('Integral', ['7']);
    const got = await run(['get', 'numbers', 'k1', '--typed']);
    expect(got).toMatchObject({ code: 2, stderr: expect.stringContaining(`Feature id: "k1" ${NO_INTEGRAL}`) });
    wire.requests.length = 0;
    const record = JSON.stringify({ id: 'k1', text: 'x' });
    const put = await run(['put', 'numbers', '--update', '--record', record]);
    expect(put).toMatchObject({ code: 2, stderr: expect.stringContaining(`Feature id: "k1" ${NO_INTEGRAL}`) });
    expect(wire.requests.map(({ operation }) => operation)).toEqual(['DescribeFeatureGroup']);
  });

  test('clear --ids-file takes it for a bad row, and its plan says so', async () => {
    const { run, dir } = await openStore('Integral', ['7']);
    await writeFile(join(dir, 'ids.json'), '["k1", "7"]');
    const argv = ['clear', 'numbers', '--online-only', '--ids-file', 'ids.json'];
    const plan = await run([...argv, '--dry-run']);
    expect(plan.stdout.replace(/\s+/g, ' ')).toMatch(/1 row of \S*ids\.json without a valid identifier will fail\./);
    const { code, stderr } = await run([...argv, '--force']);
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining(`"k1" ${NO_INTEGRAL}`) });
  });

  test.each([
    ['Integral', ['7', '007', '+8', '-0', '-9223372036854775808']],
    ['Fractional', ['1', '1.0', '1e0', '.5', '+2', '-0', '3.']],
  ] as const)('is none of these of %s: each deletes its own record', async (type, identifiers) => {
    const { run, dir } = await openStore(type, [...identifiers]);
    await writeFile(join(dir, 'ids.txt'), identifiers.join('\n'));
    const { code, stderr } = await run(['delete-record', 'numbers', '--ids-file', 'ids.txt', '--force']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`${identifiers.length} deleted, 0 failed in`);
  });
});

describe('clear where ListRecords is not allowed', () => {
  test('takes no Fractional identifiers from the offline store, since a deletion of 1.0 leaves 1 behind', async () => {
    const store = await openStore('Fractional', ['1', '2.5']);
    store.local.faults.deny = ['sagemaker:ListRecords'];
    for (const how of ['--dry-run', '--force']) {
      const { code, stderr } = await store.run(['clear', 'numbers', how, ...OUTPUT]);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/one number for 1, 1\.0 and 1e0.*--ids-file/),
      });
    }
    store.local.faults.deny = [];
    expect(JSON.parse((await store.run(['get', 'numbers', '1'])).stdout)).toMatchObject({ id: '1' });
  });

  test('says of Integral ones what it does not find', async () => {
    const store = await openStore('Integral', ['1', '007']);
    store.local.faults.deny = ['sagemaker:ListRecords'];
    const { code, stderr } = await store.run(['clear', 'numbers', '--force', '--online-only', ...OUTPUT]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('Nor are those whose identifier was written as 007');
    expect(stderr).toContain('Could not prove that the online store of numbers is empty');
  });

  test('where it is allowed, every text is found and the store proved empty', async () => {
    const store = await openStore('Fractional', ['1', '1.0', '1e0', '-0']);
    const { code, stderr } = await store.run(['clear', 'numbers', '--force']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('4 deleted');
    expect(stderr).toContain('is empty: ListRecords lists nothing');
  });
});

test('migrate says what an offline store makes of Fractional identifiers, and keeps their text from an online one', async () => {
  const store = await openStore('Fractional', ['1', '1.00']);
  await store.create('copy', { FeatureDefinitions: definitions('id:Fractional, at:String, text:String') });
  const plan = await store.run(['migrate', 'numbers', 'copy', '--dry-run', ...OUTPUT]);
  expect(plan.stderr + plan.stdout).toMatch(/identifier id is Fractional[^]*--read-from\s+online/);
  const { code, stderr } = await store.run(['migrate', 'numbers', 'copy', '--read-from', 'online', '--verify']);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('Verified: 2 the same, 0 different');
  expect(stderr).not.toContain('is Fractional');
});

test('the answer for a neighbouring whole number is not the one that was asked for', () => {
  const group = groupOf({ id: 'Integral', time: 'String' });
  const answer = (held: string) => () =>
    refuseOther('GetRecord', {
      record: [{ FeatureName: 'id', ValueAsString: held }],
      identifier: '9007199254740993',
      group,
    });
  expect(answer('+9007199254740993')).not.toThrow();
  expect(answer('9007199254740992')).toThrow('the record of 9007199254740992 instead of 9007199254740993');
});
