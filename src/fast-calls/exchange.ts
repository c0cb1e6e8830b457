/** Signs and sends a request, and returns its answer, over kept-alive connections. */
import type { Network } from '../network/index.js';
import { closed } from '../sdk/belief.js';
import { openConnection, openSocket, type Connection } from './connection.js';
import type { Answer } from './hot-calls.js';
import { openSigner, type ToSign } from './sigv4.js';
import type { Template } from './way.js';

/** Errors that the SDK calls a timeout. */
const TIMEOUT_CODES = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** All calls go to one host, through `network` if given; concurrent calls use separate connections. */
export function openExchange(network?: Network) {
  const sign = openSigner();
  const all = new Set<Connection>();
  const idle: Connection[] = [];
  let isClosed = false;

  /** The most recently used one, which the server is least likely to have closed. */
  function idleOne(): Connection | undefined {
    for (let connection = idle.pop(); connection; connection = idle.pop()) {
      if (connection.isUsable()) return connection;
      forget(connection);
    }
    return undefined;
  }

  async function newOne(template: Template, signal?: AbortSignal): Promise<Connection> {
    const connect = network?.connect(template, signal).catch((error: Error) => {
      throw named(error);
    });
    const connection = openConnection(connect ? await connect : openSocket(template));
    all.add(connection);
    if (!isClosed) return connection;
    forget(connection);
    throw closed();
  }

  function forget(connection: Connection): void {
    connection.destroy();
    all.delete(connection);
  }

  return {
    /** Signs and sends. Rejects if there is no answer, and immediately if the exchange is closed. */
    async send({ signal, ...outgoing }: ToSign & { signal?: AbortSignal }): Promise<Answer> {
      const { call, template } = outgoing;
      signal?.throwIfAborted();
      if (isClosed) throw closed();
      const connection = idleOne() ?? (await newOne(template, signal));
      try {
        return await connection.send({ head: sign(outgoing), body: call.body, signal });
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
