/** A server on 127.0.0.1 that answers by a script and keeps every request. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Received {
  method: string;
  /** Path and query, as sent. */
  target: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface ScriptedServer {
  port: number;
  received: Received[];
  /** Called for each request from now on. */
  answer: (request: Received, response: ServerResponse) => void;
  close(): Promise<void>;
}

export type Scheme = 'http' | 'https';

/** Key and certificate of `localhost`, signed by itself, and of use for nothing but these tests. */
export const CERTIFICATE = new URL('localhost.pem', import.meta.url);

/** Opens the server; `answer` may be replaced at any time. */
export async function openScriptedServer(
  answer: ScriptedServer['answer'],
  scheme: Scheme = 'http',
): Promise<ScriptedServer> {
  const received: Received[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: target = '', headers } = request;
      const seen = { method, target, headers, body: Buffer.concat(chunks).toString() };
      received.push(seen);
      scripted.answer(seen, response);
    });
  };
  const pem = scheme === 'https' ? readFileSync(CERTIFICATE) : undefined;
  const server = pem ? createTlsServer({ key: pem, cert: pem }, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scripted: ScriptedServer = {
    port: (server.address() as AddressInfo).port,
    received,
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return scripted;
}

/** Answers with JSON, as the service does. */
export function answerJson(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': 'request-1', ...headers });
  response.end(JSON.stringify(body));
}
