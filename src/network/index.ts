/** Connections where the environment names HTTPS_PROXY, HTTP_PROXY, NO_PROXY or AWS_CA_BUNDLE; loaded only then. */
import { readFileSync } from 'node:fs';
import { Agent as PlainAgent, type AgentOptions } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { codeOf, UsageError } from '../errors.js';
import { proxyOf, type Destination } from './proxies.js';
import type { Stack } from '../utils/stack.js';
import { relayThrough } from './relay.js';
import { connectToProxy, openTunnel } from './tunnel.js';
import type { Env } from './variables.js';

export type Network = ReturnType<typeof openNetwork>;

/** The limit of the SDK's own agents. */
const AGENT_OPTIONS: AgentOptions = { keepAlive: true, maxSockets: 50 };

type Ready = (error: Error | null, socket?: Socket) => void;
type CreateConnection = (options: ConnectionOptions & { host: string }, ready: Ready) => Socket | undefined;

/** @throws UsageError for an unreadable bundle, and on the first request for an invalid proxy address */
export function openNetwork(env: Env) {
  const ca = bundleOf(env);

  async function secured(to: Destination, options: ConnectionOptions, signal?: AbortSignal): Promise<Socket> {
    const { hostname: host, port = 443 } = to;
    const proxy = proxyOf(to, env);
    // SNI takes host names only.
    const servername = options.servername ?? (isIP(host) === 0 ? host : '');
    const way = proxy ? { socket: await openTunnel(to, proxy, { ca, signal }) } : { host, port };
    return connectTls({ ...options, ca, servername, ...way });
  }

  const relayOf = (to: Destination) => (to.protocol === 'http:' ? proxyOf(to, env) : undefined);
  return {
    /** For the request handler of an SDK client, which destroys them along with itself. */
    agents: () => ({
      httpAgent: agentOf(new PlainAgent(AGENT_OPTIONS), (own) => (options, ready) => {
        const proxy = proxyOf(destinationOf('http:', options), env);
        return proxy ? connectToProxy(proxy, ca) : own(options, ready);
      }),
      httpsAgent: agentOf(new TlsAgent({ ...AGENT_OPTIONS, ca }), (own) => (options, ready) => {
        const to = destinationOf('https:', options);
        if (!proxyOf(to, env)) return own(options, ready);
        secured(to, options).then((socket) => ready(null, socket), ready);
        return undefined;
      }),
    }),
    /** A socket to the destination, direct or tunnelled, speaking TLS or plain HTTP. */
    async connect(to: Destination, signal?: AbortSignal): Promise<Socket> {
      if (to.protocol === 'https:') return secured(to, { ALPNProtocols: ['http/1.1'] }, signal);
      return connect({ host: to.hostname, port: to.port ?? 80 });
    },
    /** The proxy that forwards plain HTTP to the destination; requests to it need the absolute URL. */
    relayOf,
    /** Makes a client send such requests. */
    relay: (client: Stack) => relayThrough(client, relayOf),
  };
}

/** Node calls `createConnection` for each new socket, and waits for the callback if it returns nothing. */
function agentOf<T extends PlainAgent>(agent: T, replaced: (own: CreateConnection) => CreateConnection): T {
  const socketed = agent as unknown as { createConnection: CreateConnection };
  socketed.createConnection = replaced(socketed.createConnection.bind(agent));
  return agent;
}

const destinationOf = (protocol: string, { host, port }: { host: string; port?: number }): Destination => ({
  protocol,
  hostname: host,
  port: port === undefined ? undefined : Number(port),
});

/** The bundle replaces the built-in certificate authorities of Node, as in the AWS CLI. */
function bundleOf(env: Env): string | undefined {
  const path = env.AWS_CA_BUNDLE?.trim();
  if (!path) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read (${codeOf(error)})`;
    throw new UsageError(`AWS_CA_BUNDLE names ${path}, which ${why}.`, { cause: error });
  }
  if (!/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(text))
    throw new UsageError(`AWS_CA_BUNDLE names ${path}, which holds no certificate in PEM form.`);
  return text;
}
