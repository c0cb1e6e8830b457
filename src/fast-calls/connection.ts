/** An HTTP/1.1 connection, one request at a time. node:http takes three times the CPU, undici a fifth more. */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ANSWER_LIMITS, tooSlow } from '../sdk/limits.js';
import { openAnswerReader, reset, type AnswerReader } from './answer-reader.js';
import type { Answer } from './hot-calls.js';
import type { Template } from './way.js';

/** Idle timeout of a request; the service answers within seconds. */
const SILENCE_MS = 60_000;
/** The SDK's own connection timeout. */
const CONNECT_MS = 10_000;
/** The keep-alive timeout of a server, in whole seconds; a connection about to be closed is not reused. */
const KEEP_ALIVE = /\btimeout=(\d+)/;
const MARGIN_MS = 1000;
/** Requests up to this size are assembled in a buffer of the connection. */
const OUT_BYTES = 32 * 1024;

interface Request {
  /** Request line, headers, and the empty line. */
  head: string;
  body: Buffer;
  signal?: AbortSignal;
}

export type Connection = ReturnType<typeof openConnection>;

interface Waiting {
  reader: AnswerReader;
  until: number;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** Takes a socket that may still be connecting; if that fails, so does the first request. */
export function openConnection(socket: Socket) {
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
    // Unsolicited data.
    if (!waiting) return void socket.destroy();
    const received = waiting.reader.take(bytes);
    if (!received) return performance.now() > waiting.until ? void socket.destroy(tooSlow()) : undefined;
    const { answer, reusable } = received;
    const seconds = KEEP_ALIVE.exec(answer.headers['keep-alive'] ?? '')?.[1];
    if (seconds !== undefined) usableUntil = performance.now() + Number(seconds) * 1000 - MARGIN_MS;
    // An answer that came early leaves part of the request unsent.
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

  /** One request at a time. Rejects if there is no answer. */
  function send({ head, body, signal }: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      waiting = { reader: openAnswerReader(), until: performance.now() + ANSWER_LIMITS.milliseconds, resolve, reject };
      if (signal) abortWith(signal, waiting);
      socket.write(joined(head, body));
    });
  }

  /** One write costs half of two. Reusing the buffer is safe: an answer to half a request closes the connection. */
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
    /** Whether it is likely to carry another request. */
    isUsable: () => !socket.destroyed && socket.writable && performance.now() < usableUntil,
    destroy: () => void socket.destroy(),
  };
}

/** NODE_EXTRA_CA_CERTS is handled by Node, here as in the handler of the SDK. */
export function openSocket({
  protocol,
  hostname: host,
  port,
}: Pick<Template, 'protocol' | 'hostname' | 'port'>): Socket {
  if (protocol === 'http:') return connect({ host, port: port ?? 80 });
  // SNI takes host names only.
  const servername = isIP(host) === 0 ? host : '';
  return connectTls({ host, port: port ?? 443, servername, ALPNProtocols: ['http/1.1'] });
}

function late(milliseconds: number): Error {
  return Object.assign(new Error(`No whole answer within ${milliseconds / 1000} s`), { code: 'ETIMEDOUT' });
}

function aborted(): Error {
  return Object.assign(new Error('The operation was aborted'), { name: 'AbortError', code: 'ABORT_ERR' });
}
