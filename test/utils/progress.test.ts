import { describe, expect, it, vi } from 'vitest';
import type { Output } from '../../src/context.js';
import { openProgress, progressLine, summaryLine } from '../../src/utils/progress.js';

const summary = { total: 5000, ok: 1198, failed: 2, skipped: 0, retried: 1, seconds: 2, recordsPerSecond: 600 };

it('a line says what is done, how fast, what went wrong and what is left', () => {
  expect(progressLine(summary)).toBe('1,200/5,000 records, 600/s, 2 failed, 1 retried, 6.3 s left');
  expect(progressLine({ ...summary, total: undefined, share: 0.25 })).toBe(
    '1,200 records (25 %), 600/s, 2 failed, 1 retried, 6.0 s left',
  );
  expect(progressLine({ ...summary, total: undefined, failed: 0, retried: 0 })).toBe('1,198 records, 600/s');
});

it('what is left is never negative, and nothing is said of it where nothing is known', () => {
  for (const odd of [
    { total: 1000 },
    { total: undefined, share: 1 },
    { total: undefined, share: 1.2 },
    { total: undefined, share: 0 },
    { total: 5000, seconds: 0, recordsPerSecond: 0 },
    { total: 5000, ok: 0, failed: 0, recordsPerSecond: 0 },
    { total: 5000, skipped: 1200, alreadyDone: 1200, ok: 0, failed: 0 },
  ])
    expect(progressLine({ ...summary, ...odd })).not.toMatch(/left|-|NaN|Infinity|1(?!00)[0-9]{2} %/);
});

it('what an earlier run did counts for no pace', () => {
  const resumed = { ...summary, skipped: 3000, alreadyDone: 3000 };
  // 1,200 records in 2 s, and 800 to go.
  expect(progressLine(resumed)).toContain('4,200/5,000 records');
  expect(progressLine(resumed)).toMatch(/1\.3 s left$/);
  expect(summaryLine({ ...resumed, missing: 0 })).toContain('3,000 skipped (3,000 already done)');
});

it('the summary says how it went', () => {
  expect(summaryLine(summary)).toBe('1,198 written, 2 failed, 0 skipped, 1 retried in 2.0 s (600 records/s).');
});

describe('lines', () => {
  function watched(isLive: boolean) {
    const lines: string[] = [];
    const output = {
      isLive,
      live: (line: string) => lines.push(`live ${line}`),
      note: (line: string) => lines.push(line),
    };
    return { lines, progress: openProgress(output as unknown as Output) };
  }

  it('are one live line on a terminal, and a plain one every ten seconds elsewhere', () => {
    vi.useFakeTimers();
    const [live, plain] = [watched(true), watched(false)];
    vi.advanceTimersByTime(20_500);
    live.progress.end();
    plain.progress.end();
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    expect(live.lines.length).toBe(206);
    expect(live.lines.at(-1)).toBe('live ');
    expect(plain.lines.filter((line) => line.startsWith('0 records'))).toHaveLength(2);
  });
});
