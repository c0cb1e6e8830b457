/** One request, one answer, over kept-alive connections of node:http or node:https. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { Answer, HotCall } from './hot-calls.js';
import type { Template } from './sdk-template.js';

/** A connection on which nothing has moved for so long is taken for dead; the service answers within seconds. */
const SILENCE_MS = 60_000;
/** What the SDK calls a time-out as well, whatever broke. */
const TIMEOUT_CODES = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

export interface Outgoing {
  call: HotCall;
  template: Template;
  headers: Record<string, string>;
  signal?: AbortSignal;
}

export interface Exchange {
  /** Rejects when there is no answer. */
  send(outgoing: Outgoing): Promise<Answer>;
  destroy(): void;
}

export function openExchange(): Exchange {
  // Proxies and certificates of one's own (NODE_EXTRA_CA_CERTS) are Node's affair here as they are in the SDK's handler.
  const options: http.AgentOptions = { keepAlive: true, scheduling: 'lifo', timeout: SILENCE_MS };
  const agents: { http?: http.Agent; https?: https.Agent } = {};

  function request({ call, template, headers, signal }: Outgoing): http.ClientRequest {
    const { hostname: host, port, basePath } = template;
    const target = { host, port, headers, signal, method: call.method, path: basePath + call.path };
    return template.protocol === 'https:'
      ? https.request({ ...target, agent: (agents.https ??= new https.Agent(options)) })
      : http.request({ ...target, agent: (agents.http ??= new http.Agent(options)) });
  }

  return {
    send: (outgoing) =>
      new Promise((resolve, reject) => {
        outgoing.signal?.throwIfAborted();
        const sent = request(outgoing);
        sent.on('response', (answer) => receive(answer, resolve));
        sent.on('timeout', () => sent.destroy(silence()));
        sent.on('error', (error: NodeJS.ErrnoException) => reject(named(error)));
        // An empty body would still be a second piece to write.
        if (outgoing.call.body.length > 0) sent.end(outgoing.call.body);
        else sent.end();
      }),
    destroy() {
      agents.http?.destroy();
      agents.https?.destroy();
    },
  };
}

function receive(answer: http.IncomingMessage, resolve: (answer: Answer) => void): void {
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  const answered = (broken?: Error) => {
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    resolve({ status: answer.statusCode ?? 0, headers: flat(answer.headers), body, broken });
  };
  answer.on('error', answered);
  answer.on('end', () => answered());
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function silence(): Error {
  return Object.assign(new Error(`No answer within ${SILENCE_MS / 1000} s`), { code: 'ETIMEDOUT' });
}

function named(error: NodeJS.ErrnoException): Error {
  return TIMEOUT_CODES.has(error.code ?? '') ? Object.assign(error, { name: 'TimeoutError' }) : error;
}
