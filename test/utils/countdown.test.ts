import timers from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import type { Context } from '../../src/context.js';
import { countDown } from '../../src/utils/terminal/countdown.js';

afterEach(() => void vi.restoreAllMocks());

/** Waits a minute and a half in no time, and returns what was printed. */
async function linesOf({ isLive = false, progress }: { isLive?: boolean; progress?: boolean }): Promise<string[]> {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.spyOn(timers, 'setTimeout').mockImplementation((milliseconds) => {
    now += milliseconds ?? 0;
    return Promise.resolve(undefined as never);
  });
  const lines: string[] = [];
  const output = {
    isLive,
    note: (line: string) => lines.push(line),
    live: (line: string) => isLive && lines.push(`live ${line}`),
    progress: (line: string) => lines.push(`plain ${line}`),
  };
  const context = { output, options: { progress }, signal: new AbortController().signal };
  await countDown(90, 'for the rest', context as unknown as Context);
  return lines;
}

it('counts each second on a terminal, and clears its line', async () => {
  const lines = await linesOf({ isLive: true });
  expect(lines.slice(0, 3)).toEqual([
    'Waiting 1 min 30 s for the rest.',
    'live 1 min 30 s left',
    'live 1 min 29 s left',
  ]);
  expect(lines.slice(-2)).toEqual(['live 1 s left', 'live ']);
  expect(lines.length).toBe(92);
});

it('says in a pipe that it waits, and each minute what is left; with --no-progress, only that it waits', async () => {
  const start = 'Waiting 1 min 30 s for the rest.';
  expect(await linesOf({})).toEqual([start, 'plain 30 s left']);
  expect(await linesOf({ progress: false })).toEqual([start]);
});
