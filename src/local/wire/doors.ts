/** The entrances to the embedded store: an SDK v3 requestHandler and a node:http listener. They only translate. */
import { createServer } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { refusalOf } from './callers.js';

/** Answers a request; `target` is its path and query as sent. */
export type Answer = (request: Request, target: string) => Promise<Response>;

/** The part of HttpRequest of the SDK that is read here. */
export interface SdkRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

/** For the `requestHandler` option of any AWS SDK v3 client. */
export type SdkRequestHandler = ReturnType<typeof openSdkDoor>;

/** The in-process entrance. An aborted call rejects with AbortError, as in the handlers of the SDK. */
export function openSdkDoor(answer: Answer) {
  return {
    async handle(sdk: SdkRequest, { abortSignal }: { abortSignal?: unknown } = {}) {
      const signal = abortSignal as AbortSignal | undefined;
      if (signal?.aborted) throw abortError();
      const target = sdk.path + queryString(sdk.query);
      const request = new Request(`http://${sdk.hostname}${target}`, {
        method: sdk.method,
        headers: sdk.headers,
        signal: signal ?? null,
        ...bodyOf(sdk.method, sdk.body),
      });
      const response = await untilAborted(answer(request, target), signal);
      return {
        response: {
          statusCode: response.status,
          headers: Object.fromEntries(response.headers),
          body: response.body ? Readable.fromWeb(response.body) : Readable.from([]),
        },
      };
    },
    updateHttpClientConfig: (_key: never, _value: never): void => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: (): void => undefined,
  };
}

export interface Listener {
  port: number;
  /** Stops accepting, and waits for requests in flight. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** 0 for any free port. */
  port: number;
  /** Accepted host names besides those of the loopback address. */
  allowHosts?: readonly string[];
}

/** The HTTP entrance, on loopback only. */
export async function openHttpDoor(answer: Answer, { port, allowHosts = [] }: ListenOptions): Promise<Listener> {
  const server = createServer((incoming, outgoing) => {
    const refusal = refusalOf(incoming.headers, allowHosts);
    if (refusal) {
      outgoing.writeHead(403, { 'content-type': 'application/json', connection: 'close' });
      return void outgoing.end(JSON.stringify({ message: refusal }));
    }
    // Only a lost connection can reject here.
    serve(answer, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeIdleConnections();
      return closed;
    },
  };
}

async function serve(answer: Answer, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => outgoing.writableFinished || gone.abort());
  const { method = 'GET', url: target = '/', headers } = incoming;
  const request = new Request(`http://${headers.host ?? 'localhost'}${target}`, {
    method,
    headers: headersOf(incoming),
    signal: gone.signal,
    ...bodyOf(method, incoming.iterator({ destroyOnReturn: false })),
  });
  const response = await answer(request, target);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers) as OutgoingHttpHeaders);
  if (response.body) await pipeline(Readable.fromWeb(response.body), outgoing);
  else outgoing.end();
  // node:http drains an upload that was never read; one read half-way would block the connection.
  if (!incoming.complete && request.bodyUsed) incoming.destroy();
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
  return headers;
}

function bodyOf(method: string, body: unknown): Pick<RequestInit, 'body' | 'duplex'> {
  if (method === 'GET' || method === 'HEAD' || body === undefined || body === null || body === '') return {};
  return { body: body as RequestInit['body'], duplex: 'half' };
}

function queryString(query: SdkRequest['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    [value ?? ''].flat().map((one) => [key, one].map(encodeURIComponent).join('=')),
  );
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

const abortError = (): Error => Object.assign(new Error('Request aborted'), { name: 'AbortError' });

function untilAborted(work: Promise<Response>, signal: AbortSignal | undefined): Promise<Response> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortError());
    signal.addEventListener('abort', abort, { once: true });
    const settle = async (response: Response): Promise<void> => {
      // Whoever has left reads nothing any more of an answer, which may hold a file open.
      if (signal.aborted) await response.body?.cancel();
      resolve(response);
    };
    work
      .then(settle)
      .catch(reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}
