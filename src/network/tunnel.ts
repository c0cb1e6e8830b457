/** A tunnel through a proxy (CONNECT), with its errors explained in one sentence. */
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { CommandError } from '../errors.js';
import type { Destination, Proxy } from './proxies.js';

/** The SDK's own connection timeout. */
const CONNECT_MS = 10_000;

interface TunnelOptions {
  /** Certificates to trust instead of Node's own, in PEM. */
  ca?: string;
  signal?: AbortSignal;
}

/**
 * Opens a socket to the destination through the proxy.
 * @throws CommandError where the proxy refuses; ServiceUnavailable where it cannot reach the destination at the moment;
 * else the error of the connection, with `proxy` set to its description
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-connect
 */
export function openTunnel(to: Destination, proxy: Proxy, { ca, signal }: TunnelOptions = {}): Promise<Socket> {
  const host = to.hostname.includes(':') ? `[${to.hostname}]` : to.hostname;
  const path = `${host}:${to.port ?? 443}`;
  return new Promise((resolve, reject) => {
    const ask = proxy.protocol === 'https:' ? requestTls : requestPlain;
    const request = ask({
      ...{ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path, agent: false, ca, signal },
      headers: { host: path, ...(proxy.authorization && { 'proxy-authorization': proxy.authorization }) },
    });
    const fail = (error: Error) => reject(Object.assign(error, { proxy: proxy.words }));
    request.setTimeout(CONNECT_MS, () =>
      request.destroy(Object.assign(new Error(`No tunnel within ${CONNECT_MS / 1000} s`), { code: 'ETIMEDOUT' })),
    );
    request.on('error', fail);
    request.on('response', (response) => {
      response.destroy();
      fail(new Error('The proxy does not speak CONNECT'));
    });
    request.on('connect', ({ statusCode = 0, statusMessage = '' }, socket: Socket) => {
      socket.setTimeout(0);
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      reject(refusal({ statusCode, statusMessage, path }, proxy));
    });
    request.end();
  });
}

/** Opens a socket to the proxy itself, for plain HTTP with absolute URLs. */
export function connectToProxy({ protocol, hostname: host, port }: Proxy, ca?: string): Socket {
  return protocol === 'https:' ? connectTls({ host, port, servername: host, ca }) : connect({ host, port });
}

function refusal(
  { statusCode, statusMessage, path }: { statusCode: number; statusMessage: string; path: string },
  { words }: Proxy,
): Error {
  const answered = `answered ${statusCode} ${statusMessage}`.trim();
  if (statusCode === 407)
    return new CommandError(
      `The proxy ${words} asks for a user name and password (${answered}): put them into the variable, as http://USER:PASSWORD@HOST:PORT.`,
    );
  const message = `The proxy ${words} does not connect to ${path} (${answered})`;
  if (statusCode >= 500 || statusCode === 429)
    return Object.assign(new Error(message), { name: 'ServiceUnavailable', $metadata: {}, $retryable: {} });
  return new CommandError(`${message}: let it allow that host, or name the host in NO_PROXY.`);
}
