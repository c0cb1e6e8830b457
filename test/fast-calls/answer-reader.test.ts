import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { openAnswerReader, type Received } from '../../src/fast-calls/answer-reader.js';

/** Reads bytes as they would arrive, cut at the given places; then the connection closes. */
function read(bytes: Buffer | string, cuts: number[] = []): Received | undefined {
  const all = Buffer.from(bytes as string, 'latin1');
  const reader = openAnswerReader();
  const places = [0, ...cuts.map((cut) => cut % (all.length + 1)), all.length].sort((left, right) => left - right);
  for (let index = 1; index < places.length; index += 1) {
    const received = reader.take(all.subarray(places[index - 1], places[index]));
    if (received) return received;
  }
  return reader.close();
}

const seen = (received: Received | undefined) =>
  received && {
    status: received.answer.status,
    headers: received.answer.headers,
    body: received.answer.body.toString('latin1'),
    broken: received.answer.broken?.message,
    reusable: received.reusable,
  };

const OK = 'HTTP/1.1 200 OK\r\n';

test('an answer is the same however it is framed and wherever its pieces end', () => {
  const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 });
  const framing = fc.constantFrom('length', 'chunked', 'close');
  const cuts = fc.array(fc.nat(400), { maxLength: 20 });
  fc.assert(
    fc.property(bodies, framing, cuts, (chunks, by, at) => {
      const pieces = chunks.map((chunk) => Buffer.from(chunk));
      const body = Buffer.concat(pieces);
      const chunk = (piece: Buffer) => [
        Buffer.from(`${piece.length.toString(16)};x=1\r\n`),
        piece,
        Buffer.from('\r\n'),
      ];
      const framed = {
        length: [Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body],
        chunked: [
          Buffer.from('transfer-encoding: Chunked\r\n\r\n'),
          ...pieces.flatMap(chunk),
          Buffer.from('0\r\ntrailer: 1\r\n\r\n'),
        ],
        close: [Buffer.from('\r\n'), body],
      }[by];
      const received = read(Buffer.concat([Buffer.from(`${OK}X-Amzn-RequestId:  r 1 \r\n`), ...framed]), at);
      expect(received).toMatchObject({
        answer: { status: 200, broken: undefined, headers: { 'x-amzn-requestid': 'r 1' } },
        reusable: by !== 'close',
      });
      expect(received!.answer.body.equals(body)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

describe('an answer', () => {
  it.each([
    ['of no content', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, body: '', reusable: true }],
    [
      'behind an interim one',
      `HTTP/1.1 100 Continue\r\n\r\n${OK}content-length: 1\r\n\r\na`,
      { status: 200, body: 'a' },
    ],
    ['whose server closes', `${OK}Connection: Close\r\ncontent-length: 1\r\n\r\na`, { body: 'a', reusable: false }],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na', { body: 'a', reusable: false }],
    ['with more behind it', `${OK}content-length: 1\r\n\r\nab`, { body: 'a', reusable: false }],
    ['without a reason', 'HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n', { status: 200, body: '' }],
    [
      'with a header twice',
      `${OK}a: 1\r\nA: 2\r\ncontent-length: 0\r\n\r\n`,
      { headers: expect.objectContaining({ a: '1, 2' }) },
    ],
    ['that breaks off', `${OK}content-length: 9\r\n\r\nabc`, { body: 'abc', broken: 'aborted', reusable: false }],
    ['that breaks off in a chunk', `${OK}transfer-encoding: chunked\r\n\r\n5\r\nab`, { body: 'ab', broken: 'aborted' }],
    [
      'that breaks off before its last chunk',
      `${OK}transfer-encoding: chunked\r\n\r\n1\r\na\r\n`,
      { broken: 'aborted' },
    ],
  ])('%s', (_what, bytes, expected) => {
    expect(seen(read(bytes))).toMatchObject(expected);
  });

  it.each([
    ['nothing', ''],
    ['half of a head', 'HTTP/1.1 200 OK\r\ncontent-'],
  ])('is not there where the connection closes after %s', (_what, bytes) => {
    expect(read(bytes)).toBeUndefined();
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
    ['a header without a name', `${OK}: 1\r\n\r\n`],
    ['a header that is folded', `${OK}a: 1\r\n b\r\n\r\n`],
    ['a space before the colon', `${OK}content-length : 1\r\n\r\na`],
    ['two lengths', `${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`],
    ['a length and chunks', `${OK}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a negative length', `${OK}content-length: -1\r\n\r\n`],
    ['a chunk without a length', `${OK}transfer-encoding: chunked\r\n\r\nz\r\n`],
    ['a chunk that is longer than it says', `${OK}transfer-encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n`],
    ['a line without its return', `${OK}transfer-encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n`],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a head without an end', `${OK}${'a: 1\r\n'.repeat(4000)}`],
  ])('is refused: %s', (_what, bytes) => {
    expect(() => read(bytes)).toThrow(Error);
  });
});
