/** Who is calling, where nothing answers. */
import { expect, test, vi } from 'vitest';
import type { Clients } from '../../../src/config.js';
import { callerIdentitySoon } from '../../../src/feature-store/groups/caller.js';

/** Clients of which STS stays silent until a call is given up. */
function silent(): Clients {
  const send = (_: unknown, { abortSignal }: { abortSignal: AbortSignal }) =>
    new Promise((_, reject) => {
      const giveUp = () => reject(abortSignal.reason as Error);
      if (abortSignal.aborted) giveUp();
      else abortSignal.addEventListener('abort', giveUp);
    });
  const clients = { sts: () => Promise.resolve({ send }) };
  return { ...clients, elsewhere: () => clients } as unknown as Clients;
}

test('is waited for five seconds at most', async () => {
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());
  const caller = await callerIdentitySoon(silent(), new AbortController().signal);
  expect(caller).toEqual(new Error('STS did not answer within 5 s.'));
  expect(timeout).toHaveBeenCalledWith(5000);
  timeout.mockRestore();
});

test('is not waited for by a run that was stopped', async () => {
  const stopped = AbortSignal.abort(new Error('SIGINT'));
  await expect(callerIdentitySoon(silent(), stopped)).rejects.toThrow('SIGINT');
});
