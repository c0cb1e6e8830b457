import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RefusedError } from '../../../src/errors.js';
import { lockRun } from '../../../src/feature-store/bulk/resume/run-lock.js';
import { temporaryFolder } from '../../support/run.js';

/** No process has that number. */
const GONE = 2 ** 30;
let folder: string;
let lock: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  lock = join(folder, 'run.lock');
});

const write = (pid: number) => fs.writeFileSync(lock, JSON.stringify({ pid, host: hostname() }));

describe('a lock', () => {
  it('of a process that is gone is taken, and one of a running process is not', () => {
    write(GONE);
    const unlock = lockRun(lock);
    expect(fs.readFileSync(lock, 'utf8')).toContain(`"pid":${process.pid}`);
    unlock();
    expect(fs.readdirSync(folder)).toEqual([]);
    write(process.ppid);
    expect(() => lockRun(lock)).toThrow(RefusedError);
    expect(fs.readFileSync(lock, 'utf8')).toContain(`"pid":${process.ppid}`);
  });

  it('that another run has just made of a void one stays with that run', () => {
    write(GONE);
    const open = fs.openSync;
    // Both have judged the void lock; the other one is quicker.
    const opened = vi.spyOn(fs, 'openSync').mockImplementation((path, ...more) => {
      if (String(path).endsWith('.void')) write(process.ppid);
      return open(path, ...more);
    });
    syncBuiltinESMExports();
    try {
      expect(() => lockRun(lock)).toThrow(RefusedError);
      expect(opened).toHaveBeenCalledWith(`${lock}.void`, 'wx', expect.anything());
    } finally {
      opened.mockRestore();
      syncBuiltinESMExports();
    }
    expect(fs.readFileSync(lock, 'utf8')).toContain(`"pid":${process.ppid}`);
    expect(fs.readdirSync(folder)).toEqual(['run.lock']);
  });

  it('is not taken away while another run is about it, unless that was killed', () => {
    const guard = `${lock}.void`;
    write(GONE);
    fs.writeFileSync(guard, '');
    const remove = removeSoon(guard);
    const unlock = lockRun(lock);
    expect(fs.existsSync(guard)).toBe(false);
    unlock();
    remove.unref();
    write(GONE);
    fs.writeFileSync(guard, '');
    fs.utimesSync(guard, new Date(), new Date(Date.now() - 60_000));
    lockRun(lock)();
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

/** Removes the guard in a moment, for this process waits without turning. */
const removeSoon = (guard: string) =>
  spawn(process.execPath, ['-e', `setTimeout(() => fs.rmSync(${JSON.stringify(guard)}), 100)`]);
