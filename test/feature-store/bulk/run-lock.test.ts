import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RefusedError } from '../../../src/errors.js';
import { lockRun } from '../../../src/feature-store/bulk/resume/run-lock.js';
import { temporaryFolder } from '../../support/run.js';

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, renameSync: vi.fn(real.renameSync) };
});

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
    // Both have judged the void lock; the other one is quicker.
    vi.mocked(fs.renameSync).mockImplementationOnce((from, to) => {
      write(process.ppid);
      fs.renameSync(from, to);
    });
    expect(() => lockRun(lock)).toThrow(RefusedError);
    expect(fs.readFileSync(lock, 'utf8')).toContain(`"pid":${process.ppid}`);
    expect(fs.readdirSync(folder)).toEqual(['run.lock']);
  });
});
