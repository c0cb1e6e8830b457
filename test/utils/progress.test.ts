import { describe, expect, it, test, vi } from 'vitest';
import type { Output } from '../../src/context.js';
import { openMeter } from '../../src/utils/terminal/pace-meter.js';
import { paintedLine, type Line } from '../../src/utils/terminal/paint.js';
import { openProgress, whileWaiting } from '../../src/utils/terminal/progress.js';
import { progressLine, summaryLine } from '../../src/utils/terminal/progress-line.js';
import { openStages } from '../../src/utils/terminal/stages.js';

const plain = (line: Line) => paintedLine(line, { width: Infinity, color: false, escape: (text) => text });
const state = { total: 5000, done: 1200, failed: 2, retried: 1, rate: 600, secondsLeft: 6.3 };
const line = (more: Partial<typeof state> & { share?: number }, width = Infinity) =>
  plain(progressLine({ ...state, ...more }, { width }));

describe('the line', () => {
  it.each([
    [Infinity, 0, '24 %  1,200/5,000 records  600/s  2 failed  1 retried  7 s left'],
    [139, 24, '24 %  1,200/5,000 records     600/s  2 failed  1 retried   7 s left'],
    [79, 8, '24 %  1,200/5,000 records     600/s  2 failed  1 retried   7 s left'],
    [59, 8, '24 %  1,200/5,000     600/s  2 failed   7 s left'],
    [49, 8, '24 %  1,200/5,000  2 failed   7 s left'],
    [39, 0, '24 %  1,200/5,000  2 failed   7 s left'],
  ])('in %d columns has a bar of %d, and says %s', (width, bar, text) => {
    const [, drawn = '', rest] = /^([━─]*) *(.*)$/.exec(line({}, width))!;
    expect([drawn.length, rest]).toEqual([bar, text]);
    expect(drawn.split('━').length - 1).toBe(Math.floor(bar * 0.24));
  });

  it('keeps its figures in their places while they grow', () => {
    const places = [9, 99, 999, 4999].map((done) =>
      line({ done, failed: 0, retried: 0, secondsLeft: 10 }, 79).indexOf('/'),
    );
    expect(new Set(places).size).toBe(1);
    // So is the bar, and what stands beside it, when the seconds left lose a digit.
    const [ten, nine] = [10, 9].map((secondsLeft) => line({ secondsLeft }, 49));
    expect(nine!.replace(' 9', '10')).toBe(ten);
    expect(line({ done: 9 })).toMatch(/^0 % {2}9\/5,000 /);
  });

  it('says what of the input has been read where the number of records is not known', () => {
    const read = { total: undefined, share: 0.249 };
    expect(line(read, 99)).toMatch(/^━+─+ {2}24 % of the input {6}1,200 records {5}600\/s {2}2 failed/);
    expect(line(read, 59)).toBe('━───────  24 %      1,200     600/s  2 failed   7 s left');
    expect(line({ total: undefined, rate: undefined, secondsLeft: undefined }, 60)).toBe(
      '    1,200 records  2 failed  1 retried',
    );
  });

  it.each([59, 79, 139])('and keeps that in its place in %d columns, from the first record to the last', (width) => {
    const growing = [1, 999, 99_999, 1_234_567].map((done, at) => {
      const figures = { done, rate: [3, 87, 1200, 94_321][at], share: 0.1 + at * 0.01, total: undefined, failed: 0 };
      return line({ ...figures, retried: 0, secondsLeft: 40 - at }, width).replace(/\d|,/g, ' ');
    });
    const places = growing.map((each) => ['%', 'records', '/s', 's left'].map((word) => each.indexOf(word)));
    expect(new Set(places.map(String)).size).toBe(1);
  });

  it.each([
    { total: 0, done: 0 },
    { total: 100, done: 120 },
    { total: undefined, share: 1.2 },
    { total: undefined, share: 0 },
  ])('promises nothing odd for %o', (odd) =>
    expect(line({ secondsLeft: undefined, ...odd }, 80)).not.toMatch(/left|-\d|NaN|Infinity|1(?!00)[0-9]{2} %/),
  );
});

describe('the time left', () => {
  const after = (samples: [done: number, seconds: number][], left = 1000) => {
    const meter = openMeter();
    for (const [done, seconds] of samples) meter.sample(done, seconds);
    return meter.secondsFor(left);
  };
  it('is what the pace says from the first second on', () => {
    expect(after([[50, 0.5]])).toBeUndefined();
    expect(after([[100, 1]])).toBeCloseTo(10);
    expect(after(Array.from({ length: 100 }, (_, n) => [n * 10, n / 10]))).toBeCloseTo(10);
  });
  it('follows a pace that changes, without a jump, and is never negative', () => {
    const steady = Array.from({ length: 300 }, (_, n): [number, number] => [n * 10, n / 10]);
    expect(after([...steady, [2990, 30.1]])).toBeGreaterThan(10);
    expect(after([...steady, [2990, 30.1]])).toBeLessThan(10.5);
    expect(after([...steady, [2990, 100]])).toBeGreaterThan(5000);
    expect(after(steady, -5)).toBeUndefined();
    expect(after([[0, 1], [0, 60]])).toBeUndefined(); // prettier-ignore
  });
});

describe('the lines of a run', () => {
  function watched(isLive: boolean, settledBefore = 0) {
    const lines: string[] = [];
    const output = {
      isLive,
      stageWidth: 0,
      stderr: { width: 80 },
      live: (each: Line) => isLive && lines.push(`live ${plain(each)}`),
      progress: (each: Line) => lines.push(plain(each)),
    };
    return {
      lines,
      progress: openProgress({ output: output as unknown as Output, options: {} }, { total: 1000, settledBefore }),
    };
  }

  it('are one live line on a terminal, and a plain one every ten seconds elsewhere', () => {
    vi.useFakeTimers();
    const [live, piped] = [watched(true), watched(false)];
    vi.advanceTimersByTime(20_500);
    live.progress.end();
    piped.progress.end();
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    expect(live.lines.length).toBe(206);
    expect(live.lines.at(-1)).toBe('live ');
    expect(piped.lines).toEqual(['0 %  0/1,000 records  0/s', '0 %  0/1,000 records  0/s']);
  });

  it('say what is waited for until there is a figure', async () => {
    vi.useFakeTimers();
    const lines: string[] = [];
    const live = (each: Line) => each !== '' && lines.push(`live ${plain(each)}`);
    const piped = { isLive: false, live, progress: (each: Line) => lines.push(plain(each)) } as unknown as Output;
    const context = { output: piped, options: {} };
    const progress = openProgress(context, { waitingFor: 'Athena works …' });
    vi.advanceTimersByTime(10_000);
    progress.tally.ok = 20;
    vi.advanceTimersByTime(10_000);
    progress.end();
    const work = new Promise<string>((resolve) => setTimeout(resolve, 15_000, 'done'));
    const waiting = whileWaiting(context, 'counting …', work);
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(waiting).resolves.toBe('done');
    const quiet = whileWaiting(
      { ...context, options: { progress: false } },
      'counting …',
      Promise.reject(new Error('x')),
    );
    await expect(quiet).rejects.toThrow('x');
    vi.useRealTimers();
    expect(lines).toEqual(['Athena works …', expect.stringMatching(/^20 records {2}\d\/s$/), 'counting …']);
  });

  it('count what an earlier run has done neither as pace nor as work', () => {
    vi.useFakeTimers();
    const { lines, progress } = watched(false, 600);
    Object.assign(progress.tally, { skipped: 300, alreadyDone: 300, ok: 100 });
    vi.advanceTimersByTime(10_000);
    const { recordsPerSecond } = progress.end();
    vi.useRealTimers();
    // 600 of 1,000 were done before, 300 of these have been passed over, and 300 records are left at 10 a second.
    expect(lines).toEqual(['40 %  400/1,000 records  10/s  30 s left']);
    expect(recordsPerSecond).toBe(10);
  });
});

const summary = { total: 5000, ok: 1198, failed: 2, skipped: 0, retried: 1, seconds: 2, recordsPerSecond: 600 };

it('says how it went: what was done, what was not and why, what it cost, and where it is', () => {
  expect(summaryLine(summary)).toBe('1,198 written, 2 failed, 1 retried in 2.0 s (600 records/s)');
  const more = { missing: 7, stale: 3, alreadyDone: 1000, writeUnits: 1198, seconds: 0.04, retried: 0 };
  expect(summaryLine({ ...summary, ...more }, { verb: 'migrated', to: 'customers' })).toBe(
    '1,198 migrated, 2 failed, 7 missing, 3 stale, 1,000 already done in 0.04 s, ≈ 1,198 write units → customers',
  );
});

test('stages say which one runs, what each took, and what was not reached', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const said: string[] = [];
  const output = {
    note: (text: unknown) => said.push(String(text)),
    stage: (label: string) => said.push(`[${label}]`),
  };
  const stages = openStages(output, ['check', 'write', 'verify']);
  stages.begin('check');
  vi.advanceTimersByTime(400);
  stages.pause();
  vi.advanceTimersByTime(60_000);
  stages.begin('write');
  vi.advanceTimersByTime(9_000);
  stages.part('query');
  vi.advanceTimersByTime(3_000);
  expect(stages.end({ finished: false })).toEqual({ check: 0.4, write: 12 });
  vi.useRealTimers();
  expect(said.filter((text) => text !== '[]')).toEqual([
    '[1/3 check]',
    '[2/3 write]',
    'check 0.4 s · write 12 s (query 9.0 s), not finished · verify not begun',
  ]);
});

it('cuts a line before it is painted, so that colours take no room', () => {
  const painted = (width: number) =>
    paintedLine(['ab', ['cd', 'red'], 'ef'], { width, color: true, escape: (text) => text });
  expect(painted(6)).toBe('ab\u001b[31mcd\u001b[39mef');
  expect(painted(5)).toBe('ab\u001b[31mcd\u001b[39m…');
  expect(painted(3)).toBe('ab…');
});
