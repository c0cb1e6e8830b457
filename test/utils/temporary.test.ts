/** What a killed run leaves beside a file or a folder: taken away by the next run, where nobody can be using it any more. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mayHoldParts, openParts } from '../../src/files/output-parts.js';
import { fileSink } from '../../src/utils/disk/sinks.js';
import { besides } from '../../src/utils/disk/temporary.js';
import { temporaryFolder } from '../support/run.js';

/** Of a process that has ended. */
const GONE = spawnSync(process.execPath, ['-e', '']).pid.toString(36);
const of = (path: string, process: string) => besides(path).replace(/\.[0-9a-z]+-(?=[0-9a-f]{6}-)/, `.${process}-`);
const HOUR_MS = 3_600_000;
const age = (path: string) => lutimesSync(path, new Date(Date.now() - HOUR_MS), new Date(Date.now() - HOUR_MS));

/** A file as a run of this process number has left it, an hour ago. */
function leftFile(path: string, process = GONE): string {
  const left = of(path, process);
  writeFileSync(left, 'half a rec');
  age(left);
  return left;
}

function leftFolder(path: string, files: string[]): string {
  const left = of(path, GONE);
  mkdirSync(left);
  for (const file of files) {
    writeFileSync(join(left, file), 'id\n');
    age(join(left, file));
  }
  age(left);
  return left;
}

const nothing = { columns: [{ name: 'id', kind: 'text' as const }], rowsPerPart: 2, format: 'csv' as const };
const nowhere = { result: () => Promise.reject(new Error('stdout')), s3: () => Promise.reject(new Error('S3')) };

async function exportTo(folder: string): Promise<void> {
  const parts = openParts(folder, { ...nothing, ...nowhere, overwrite: true });
  await parts.write([{ id: '1' }, { id: '2' }, { id: '3' }]);
  await parts.end();
}

describe('beside a file', () => {
  it('what a process that is gone has left is removed, and nothing else', async () => {
    const dir = await temporaryFolder();
    const file = join(dir, 'out.csv');
    const left = leftFile(file);
    const fresh = of(file, GONE);
    writeFileSync(fresh, 'of a moment ago');
    const running = leftFile(file, process.pid.toString(36));
    const elsewhere = left.replace(/-[0-9a-f]{6}-/, '-000000-');
    const others = [elsewhere, `${file}.tmp`, `${file}.abc123.tmp`, `${left}.csv`, leftFile(join(dir, 'other.csv'))];
    for (const other of others) writeFileSync(other, 'not ours');
    for (const other of others) age(other);
    const folder = leftFolder(file, []);
    const link = of(file, GONE);
    symlinkSync('/etc/hostname', link);
    age(link);
    const sink = await fileSink(file);
    await sink.write('id\n');
    await sink.end();
    const kept = [file, fresh, running, folder, link, ...others].map((path) => basename(path));
    expect(readdirSync(dir).sort()).toEqual(kept.sort());
  });
});

describe('beside a folder of parts', () => {
  it('the half of an export that was killed is removed, and nothing that holds anything else', async () => {
    const dir = await temporaryFolder();
    const folder = join(dir, 'parts');
    const half = leftFolder(folder, ['part-00001.csv', basename(of('part-00002.csv', GONE))]);
    const foreign = leftFolder(folder, ['part-00001.csv', 'notes.txt']);
    await exportTo(folder);
    expect(existsSync(half)).toBe(false);
    expect(readdirSync(foreign)).toEqual(['notes.txt', 'part-00001.csv']);
    expect(readdirSync(folder)).toEqual(['part-00001.csv', 'part-00002.csv']);
  });

  /** As a kill between the two renames of a replacement leaves it. */
  async function halfReplaced() {
    const dir = await temporaryFolder();
    const folder = join(dir, 'parts');
    const whole = leftFolder(folder, ['part-00001.csv']);
    const before = `${whole}.before`;
    mkdirSync(before);
    writeFileSync(join(before, 'part-00001.csv'), 'of yesterday');
    age(join(before, 'part-00001.csv'));
    age(before);
    const mayHold = (overwrite: boolean) => mayHoldParts(folder, { ...nowhere, overwrite, format: 'csv' });
    return { dir, folder, whole, before, mayHold };
  }

  it('what was there before is kept, and told, where an export was killed as it replaced it', async () => {
    const { dir, folder, whole, before, mayHold } = await halfReplaced();
    await expect(mayHold(false)).rejects.toThrow(`${folder} is gone, and ${before} holds what was in it`);
    expect(readdirSync(dir).sort()).toEqual([basename(whole), basename(before)].sort());
  });

  it('and where it is to be replaced once more, the new one, which is whole, is put in its place', async () => {
    const { dir, folder, mayHold } = await halfReplaced();
    await mayHold(true);
    expect(readdirSync(dir)).toHaveLength(2);
    await openParts(folder, { ...nothing, ...nowhere }).abort();
    expect(readdirSync(dir)).toEqual(['parts']);
    expect(readFileSync(join(folder, 'part-00001.csv'), 'utf8')).toBe('id\n');
    await exportTo(folder);
    expect(readdirSync(dir)).toEqual(['parts']);
    expect(readdirSync(folder)).toEqual(['part-00001.csv', 'part-00002.csv']);
  });

  it.each(['nothing', 'a foreign file'])(
    'but not where the new one holds %s: the old one may be the only copy',
    async (held) => {
      const { dir, folder, whole, before, mayHold } = await halfReplaced();
      if (held === 'nothing') rmSync(whole, { recursive: true });
      else writeFileSync(join(whole, 'notes.txt'), 'mine');
      await expect(mayHold(true)).rejects.toThrow(`${before} holds what was in it`);
      await openParts(folder, { ...nothing, ...nowhere }).abort();
      expect(readdirSync(dir)).toContain(basename(before));
      expect(readFileSync(join(before, 'part-00001.csv'), 'utf8')).toBe('of yesterday');
    },
  );

  it.each([
    ['parts of another run', 'part-00009.csv', false, 'already holds files'],
    ['a file of another kind, though parts may be replaced', 'notes.txt', true, 'holds notes.txt, which is not a part'],
  ])('what is put there while an export runs is not replaced: %s', async (_what, name, overwrite, why) => {
    const dir = await temporaryFolder();
    const folder = join(dir, 'parts');
    const parts = openParts(folder, { ...nothing, ...nowhere, overwrite });
    await parts.write([{ id: '1' }]);
    mkdirSync(folder);
    writeFileSync(join(folder, name), 'mine');
    await expect(parts.end()).rejects.toThrow(why);
    await parts.abort();
    expect(readdirSync(dir)).toEqual(['parts']);
    expect(readFileSync(join(folder, name), 'utf8')).toBe('mine');
  });
});
