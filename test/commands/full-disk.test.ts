/** A disk that is full: what is on it stays whole, what is not is said, and nothing stands in the way of the next run. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openFailures } from '../../src/feature-store/bulk/failures.js';
import { lockRun } from '../../src/feature-store/bulk/resume/run-lock.js';
import { temporaryFolder } from '../support/run.js';
import { csv, watchedGroup } from '../support/watched-group.js';

const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

/** Writes half of what a file is given, then fails, as a disk does that fills up meanwhile. */
function fillUp(isMeant: (file: fs.PathOrFileDescriptor, text: string) => boolean) {
  const write = fs.writeFileSync;
  const spy = vi.spyOn(fs, 'writeFileSync').mockImplementation((file, content, options) => {
    const text = content as string;
    if (!isMeant(file, text)) return write(file, content, options);
    write(file, text.slice(0, text.length / 2), options);
    throw full();
  });
  syncBuiltinESMExports();
  const empty = () => {
    spy.mockRestore();
    syncBuiltinESMExports();
  };
  onTestFinished(empty);
  return empty;
}

test('a lock that cannot be written keeps nobody out', async () => {
  const folder = await temporaryFolder();
  const lock = join(folder, 'run.lock');
  const empty = fillUp(() => true);
  expect(() => lockRun(lock)).toThrow('ENOSPC');
  expect(fs.readdirSync(folder)).toEqual([]);
  empty();
  lockRun(lock)();
});

describe('an errors file', () => {
  const failure = { line: 1, id: 'a', code: 'ValidationError', message: 'No.', attempts: 1, record: { id: 'a' } };
  const line = `${JSON.stringify(failure)}\n`;
  const place = { output: { warn: () => {} } } as never;

  test('keeps whole lines alone, and goes on with one once there is room', async () => {
    const file = join(await temporaryFolder(), 'errors.jsonl');
    const failures = openFailures(file, place);
    failures.add(failure);
    const empty = fillUp(() => true);
    expect(() => failures.add(failure)).toThrow('ENOSPC');
    empty();
    expect(fs.readFileSync(file, 'utf8')).toBe(line);
    failures.add(failure);
    await failures.close();
    expect(fs.readFileSync(file, 'utf8')).toBe(line + line);
  });

  test('whose last line has lost its end is not gone on with in that line', async () => {
    const file = join(await temporaryFolder(), 'errors.jsonl');
    fs.writeFileSync(file, line.trimEnd());
    const failures = openFailures(file, place, { append: true });
    failures.add(failure);
    await failures.close();
    expect(fs.readFileSync(file, 'utf8')).toBe(line + line);
  });
});

describe('a checkpoint', () => {
  const isCheckpoint = (_file: unknown, text: string) => text.startsWith('{"version":');

  test('of a run that was complete is gone, though it could not be written any more', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(2000));
    await people.interruptedAfter(10, ['people.csv']);
    fillUp(isCheckpoint);
    // So fast a clock brings a write with each answer.
    const clock = performance.now.bind(performance);
    let ahead = 0;
    const spy = vi.spyOn(performance, 'now').mockImplementation(() => clock() + (ahead += 100));
    onTestFinished(() => void spy.mockRestore());
    const { code, stderr } = await people.bulkPut(['people.csv', '--resume']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr.match(/the checkpoint cannot be written \(ENOSPC.*--resume may do again/g)).toHaveLength(1);
    expect(people.kept()).toBe(2000);
    expect(fs.existsSync(join(people.dir, '.sagemaker-fs'))).toBe(false);
  });

  test('of a run that was interrupted promises nothing, and is whole as it last was', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(4000));
    await people.interruptedAfter(10, ['people.csv']);
    const empty = fillUp(isCheckpoint);
    const second = await people.interruptedAfter(people.calls.count + 10, ['people.csv', '--resume']);
    expect(second.code).toBe(130);
    expect(second.stderr).toContain('the checkpoint cannot be written');
    expect(second.stderr).not.toContain('To continue with the rest');
    empty();
    expect(await people.bulkPut(['people.csv', '--resume'])).toMatchObject({ code: 0 });
    expect(people.kept()).toBe(4000);
  });

  test('has the errors file as soon as that has a line: a run killed then appends to it', async () => {
    const people = await watchedGroup();
    await people.write(
      'people.csv',
      `id,event_time,age\nbad,yesterday,1\n${csv(2000).split('\n').slice(1).join('\n')}`,
    );
    const argv = ['people.csv', '--errors-file', 'bad.jsonl'];
    let saved = '';
    people.calls.onCall = (count) => {
      if (count > 1) return;
      const folder = join(people.dir, '.sagemaker-fs/bulk-put');
      const name = fs.readdirSync(folder).find((each) => each.endsWith('.json'));
      saved = name === undefined ? 'none' : fs.readFileSync(join(folder, name), 'utf8');
    };
    expect(await people.bulkPut(argv)).toMatchObject({ code: 4 });
    expect(JSON.parse(saved)).toMatchObject({
      errorsFile: join(people.dir, 'bad.jsonl'),
      failed: 1,
      settled: [[0, 1]],
    });
    expect(fs.readFileSync(join(people.dir, 'bad.jsonl'), 'utf8')).toContain('"yesterday"');
  });
});

describe('an output file', () => {
  const ids = Array.from({ length: 300 }, (_, row) => `p${row}`).join('\n');

  test('that is not there is not told of', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(300));
    await people.bulkPut(['people.csv']);
    await people.write('ids.txt', ids);
    const { writeFile } = await filledHandles();
    for (const argv of [
      ['bulk-get', 'people', 'ids.txt', '-o', 'out.jsonl'],
      ['export', 'people', 'out.jsonl', '--online'],
    ]) {
      const { code, stderr } = await people.run(argv);
      expect({ code, stderr }).toMatchObject({ code: 1 });
      expect(stderr).toMatch(/^300 read, 0 failed in [^→]*$/m);
      expect(stderr).toContain('out.jsonl could not be written: the disk is full.');
      expect(writeFile).toHaveBeenCalled();
      expect(fs.readdirSync(people.dir).filter((name) => name.startsWith('out'))).toEqual([]);
    }
  });

  test('is not there for a run that --max-errors stopped', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(300));
    await people.bulkPut(['people.csv']);
    await people.write('ids.txt', `${ids}\n${'x'.repeat(400_000)}`);
    const { code, stderr } = await people.run([
      ...['bulk-get', 'people', 'ids.txt'],
      '-o',
      'out.jsonl',
      '--max-errors',
      '1',
    ]);
    expect({ code, stderr }).toMatchObject({ code: 4 });
    expect(stderr).not.toContain('→');
    expect(fs.existsSync(join(people.dir, 'out.jsonl'))).toBe(false);
  });
});

/** Open files that take nothing. */
async function filledHandles() {
  const handle = await fs.promises.open(import.meta.filename);
  const prototype = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  const writeFile = vi.spyOn(prototype, 'writeFile').mockImplementation(() => Promise.reject(full()));
  onTestFinished(() => void writeFile.mockRestore());
  return { writeFile };
}
