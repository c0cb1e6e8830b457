/** One request, one answer, over connections that are kept. */
import { closed } from '../sdk/belief.js';
import { openConnection, type Connection } from './connection.js';
import type { Answer, HotCall } from './hot-calls.js';
import type { Template } from './sdk-template.js';

/** What the SDK calls a time-out as well, whatever broke. */
const TIMEOUT_CODES = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

export interface Outgoing {
  call: HotCall;
  template: Template;
  /** Signed: request line, headers and the empty line. */
  head: string;
  signal?: AbortSignal;
}

export interface Exchange {
  /** Rejects when there is no answer, and at once when the exchange was closed. */
  send(outgoing: Outgoing): Promise<Answer>;
  destroy(): void;
}

/** All calls go to one place, and each has a connection to itself. */
export function openExchange(): Exchange {
  const all = new Set<Connection>();
  const idle: Connection[] = [];
  let isClosed = false;

  /** The one that was used last, whose server is the least likely to have given it up. */
  function connectionTo(template: Template): Connection {
    for (let connection = idle.pop(); connection; connection = idle.pop()) {
      if (connection.isUsable()) return connection;
      forget(connection);
    }
    const connection = openConnection(template);
    all.add(connection);
    return connection;
  }

  function forget(connection: Connection): void {
    connection.destroy();
    all.delete(connection);
  }

  return {
    async send({ call, template, head, signal }) {
      signal?.throwIfAborted();
      if (isClosed) throw closed();
      const connection = connectionTo(template);
      try {
        return await connection.send({ head, body: call.body, signal });
      } catch (error) {
        throw named(error as NodeJS.ErrnoException);
      } finally {
        if (!isClosed && connection.isUsable()) idle.push(connection);
        else forget(connection);
      }
    },
    destroy() {
      isClosed = true;
      for (const connection of all) forget(connection);
      idle.length = 0;
    },
  };
}

function named(error: NodeJS.ErrnoException): Error {
  return TIMEOUT_CODES.has(error.code ?? '') ? Object.assign(error, { name: 'TimeoutError' }) : error;
}
