import { describe, expect, it, test } from 'vitest';
import { ForeignAnswer } from '../../src/errors.js';
import { GaveUp, openPatience, Unfinished, type PatienceOptions } from '../../src/utils/patience/patience.js';

const failing = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more });
const answered = (name: string, httpStatusCode: number) => failing(name, { $metadata: { httpStatusCode } });

/** Fails with these, one a call, then answers `done`. */
function call(...failures: unknown[]) {
  const sent = { calls: 0, send: (_signal: AbortSignal) => Promise.resolve('') };
  sent.send = () => {
    const failure = failures[sent.calls];
    sent.calls += 1;
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    return failure === undefined ? Promise.resolve('done') : Promise.reject(failure);
  };
  return sent;
}

const open = (options: Partial<PatienceOptions> = {}) =>
  openPatience({ retryFor: 5, signal: new AbortController().signal, ...options });

describe('a call is sent again', () => {
  it.each([
    ['throttling by name', answered('ThrottlingException', 400)],
    ['throttling by status', answered('Unknown', 429)],
    ['S3 asking to slow down', answered('SlowDown', 503)],
    ['a 500', answered('InternalFailure', 500)],
    ['a 502 without a name', answered('Unknown', 502)],
    ['a connection that broke, also in the first call', failing('Error', { code: 'ECONNRESET' })],
    ['a time-out', failing('TimeoutError')],
    ['an answer that is not the service’s', new ForeignAnswer('ListRecords', 'an HTML page')],
    ['an answer with a part of what was asked for', new Unfinished('half of it')],
  ])('after %s', async (_name, failure) => {
    const sent = call(failure, failure);
    expect(await open().attempt('Call', sent.send)).toBe('done');
    expect(sent.calls).toBe(3);
  });

  it.each([
    ['denied', answered('AccessDeniedException', 403)],
    ['invalid', answered('ValidationException', 400)],
    ['not implemented', answered('Unknown', 501)],
  ])('but not when it is %s', async (_name, failure) => {
    const sent = call(failure);
    await expect(open().attempt('Call', sent.send)).rejects.toBe(failure);
    expect(sent.calls).toBe(1);
  });

  test('when the connection is refused before there was an answer, but not for long', async () => {
    const failure = failing('Error', { code: 'ECONNREFUSED' });
    expect(await open().attempt('Call', call(failure, failure).send)).toBe('done');
    const spent = open({ retryFor: 0.05 }).attempt('Call', () => Promise.reject(failure));
    await expect(spent).rejects.toBe(failure);
  });

  test('when the connection is refused after there was an answer', async () => {
    const patience = open();
    await patience.attempt('Call', call().send);
    expect(await patience.attempt('Call', call(failing('Error', { code: 'ECONNREFUSED' })).send)).toBe('done');
  });
});

test('patience that is spent says which call, how long, and what it met', async () => {
  const sent = () => Promise.reject(answered('ThrottlingException', 400));
  const error = await open({ retryFor: 0.05 })
    .attempt('ListRecords', sent)
    .catch((each: unknown) => each);
  expect(error).toBeInstanceOf(GaveUp);
  expect(error).toMatchObject({
    exitCode: 5,
    message:
      'Gave up after 0.05 s in which ListRecords did not succeed (ThrottlingException: ThrottlingException); trying again later may help.',
  });
});

test('what is only briefly in doubt stays the error that it is', async () => {
  const failure = answered('ResourceNotFound', 404);
  const isBrief = ({ name }: Error) => name === 'ResourceNotFound';
  const spent = open({ retryFor: 0, isBrief }).attempt('Call', () => Promise.reject(failure));
  await expect(spent).rejects.toMatchObject({ exitCode: 3, cause: failure });
  expect(await open({ isBrief }).attempt('Call', call(failure).send)).toBe('done');
});

test('the pace hears of calls that were taken, throttled, or taken in part', async () => {
  const heard: string[] = [];
  const pace = {
    turn: () => void heard.push('turn'),
    accepted: () => void heard.push('accepted'),
    throttled: () => void heard.push('throttled'),
  };
  const failures = [
    answered('ThrottlingException', 400),
    new Unfinished('a part', { progressed: true }),
    new Unfinished('a part', { throttled: true }),
    answered('InternalFailure', 500),
  ];
  let retried = 0;
  const patience = open({ pace, onRetry: (records) => (retried += records) });
  await patience.attempt('Call', call(...failures).send, { units: () => 10 });
  expect(heard.join(' ')).toBe('turn throttled turn accepted turn throttled turn turn accepted');
  expect(retried).toBe(40);
});

test('aborted: nothing more is sent, and the reason is thrown', async () => {
  const stopping = new AbortController();
  const sent = call(...new Array<Error>(50).fill(answered('ServiceUnavailable', 503)));
  const attempt = open({ signal: stopping.signal }).attempt('Call', sent.send);
  stopping.abort(new Error('stop'));
  await expect(attempt).rejects.toThrow('stop');
  await expect(open({ signal: stopping.signal }).attempt('Call', sent.send)).rejects.toThrow('stop');
  expect(sent.calls).toBe(1);
});
