/** One connection: a request, its answer, the next request. node:http does the same for any kind of use at three times the CPU, undici at a fifth more for each record. */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ANSWER_LIMITS, tooSlow } from '../sdk/limits.js';
import { openAnswerReader, reset, type AnswerReader } from './answer-reader.js';
import type { Answer } from './hot-calls.js';
import type { Template } from './way.js';

/** A connection on which nothing has moved for so long is taken for dead; the service answers within seconds. */
const SILENCE_MS = 60_000;
/** As long as the SDK waits for a connection. */
const CONNECT_MS = 10_000;
/** A server says in whole seconds how long it keeps a connection; one that is about to be closed is not used. */
const KEEP_ALIVE = /\btimeout=(\d+)/;
const MARGIN_MS = 1000;
/** Requests of this size and less are put together in a buffer that the connection keeps. */
const OUT_BYTES = 32 * 1024;

export interface Request {
  /** Request line, headers, and the empty line. */
  head: string;
  body: Buffer;
  signal?: AbortSignal;
}

export interface Connection {
  /** One request at a time. Rejects when there is no answer. */
  send(request: Request): Promise<Answer>;
  /** Whether it can be expected to carry another request. */
  isUsable(): boolean;
  destroy(): void;
}

interface Waiting {
  reader: AnswerReader;
  until: number;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** Takes a socket that may still be connecting; whatever goes wrong with that is the error of the first request. */
export function openConnection(socket: Socket): Connection {
  let waiting: Waiting | undefined;
  let failure: Error | undefined;
  let usableUntil = Infinity;
  let out: Buffer | undefined;

  function settle(): Waiting | undefined {
    const settled = waiting;
    waiting = undefined;
    return settled;
  }

  function take(bytes: Buffer): void {
    // Nobody has asked for anything.
    if (!waiting) return void socket.destroy();
    const received = waiting.reader.take(bytes);
    if (!received) return performance.now() > waiting.until ? void socket.destroy(tooSlow()) : undefined;
    const { answer, reusable } = received;
    const seconds = KEEP_ALIVE.exec(answer.headers['keep-alive'] ?? '')?.[1];
    if (seconds !== undefined) usableUntil = performance.now() + Number(seconds) * 1000 - MARGIN_MS;
    // An answer that came before the request was out leaves the rest of it in the way.
    if (!reusable || socket.writableLength > 0) socket.destroy();
    settle()!.resolve(answer);
  }

  socket.setNoDelay(true);
  socket.setTimeout(socket.connecting ? CONNECT_MS : SILENCE_MS, () =>
    socket.destroy(waiting && late(socket.timeout ?? SILENCE_MS)),
  );
  socket.once('connect', () => socket.setTimeout(SILENCE_MS));
  socket.on('data', (bytes: Buffer) => {
    try {
      take(bytes);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  socket.on('error', (error) => (failure = error));
  socket.on('close', () => {
    const ended = settle();
    const received = ended?.reader.close();
    if (received) ended!.resolve(failure ? { ...received.answer, broken: failure } : received.answer);
    else ended?.reject(failure ?? reset('socket hang up'));
  });

  function send({ head, body, signal }: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      waiting = { reader: openAnswerReader(), until: performance.now() + ANSWER_LIMITS.milliseconds, resolve, reject };
      if (signal) abortWith(signal, waiting);
      socket.write(joined(head, body));
    });
  }

  /** One write costs half of two. Safe to reuse: if an answer arrives before the request is flushed, the connection is closed. */
  function joined(head: string, body: Buffer): Buffer {
    const length = head.length + body.length;
    if (length > OUT_BYTES) return Buffer.concat([Buffer.from(head, 'latin1'), body]);
    out ??= Buffer.allocUnsafeSlow(OUT_BYTES);
    out.write(head, 'latin1');
    out.set(body, head.length);
    return out.subarray(0, length);
  }

  function abortWith(signal: AbortSignal, request: Waiting): void {
    const abort = () => socket.destroy(aborted());
    const { resolve, reject } = request;
    const listening =
      <T>(then: (value: T) => void) =>
      (value: T) => {
        signal.removeEventListener('abort', abort);
        then(value);
      };
    signal.addEventListener('abort', abort, { once: true });
    Object.assign(request, { resolve: listening(resolve), reject: listening(reject) });
  }

  return {
    send,
    isUsable: () => !socket.destroyed && socket.writable && performance.now() < usableUntil,
    destroy: () => void socket.destroy(),
  };
}

/** Certificates of one's own (NODE_EXTRA_CA_CERTS) are Node's affair here as they are in the SDK's handler. */
export function openSocket({
  protocol,
  hostname: host,
  port,
}: Pick<Template, 'protocol' | 'hostname' | 'port'>): Socket {
  if (protocol === 'http:') return connect({ host, port: port ?? 80 });
  // A name for the certificate; an address has none.
  const servername = isIP(host) === 0 ? host : '';
  return connectTls({ host, port: port ?? 443, servername, ALPNProtocols: ['http/1.1'] });
}

function late(milliseconds: number): Error {
  return Object.assign(new Error(`No whole answer within ${milliseconds / 1000} s`), { code: 'ETIMEDOUT' });
}

function aborted(): Error {
  return Object.assign(new Error('The operation was aborted'), { name: 'AbortError', code: 'ABORT_ERR' });
}
