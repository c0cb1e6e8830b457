/** The way to AWS where the environment names one: HTTPS_PROXY, HTTP_PROXY, NO_PROXY, AWS_CA_BUNDLE; loaded only then. */
import { readFileSync } from 'node:fs';
import { Agent as PlainAgent, type AgentOptions } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { UsageError } from '../errors.js';
import { proxyOf, type Destination, type Proxy } from './proxies.js';
import { relayThrough, type Stack } from './relay.js';
import { connectToProxy, openTunnel } from './tunnel.js';
import type { Env } from './variables.js';

export interface Network {
  /** For the request handler of an SDK client, which destroys them with itself. */
  agents(): { httpAgent: PlainAgent; httpsAgent: TlsAgent };
  /** A socket to talk TLS with the destination, or plain HTTP, whichever way it is reached. */
  connect(to: Destination, signal?: AbortSignal): Promise<Socket>;
  /** The proxy that passes plain HTTP on to the destination: each request must name its whole address. */
  relayOf(to: Destination): Proxy | undefined;
  /** Lets a client write its requests so. */
  relay(client: Stack): void;
}

/** As many as the SDK's own agents keep. */
const AGENT_OPTIONS: AgentOptions = { keepAlive: true, maxSockets: 50 };

type Ready = (error: Error | null, socket?: Socket) => void;
type CreateConnection = (options: ConnectionOptions & { host: string }, ready: Ready) => Socket | undefined;

/** @throws UsageError for a bundle that cannot be read, and, with the first request, for an address that is no proxy's */
export function openNetwork(env: Env): Network {
  const ca = bundleOf(env);

  async function secured(to: Destination, options: ConnectionOptions, signal?: AbortSignal): Promise<Socket> {
    const { hostname: host, port = 443 } = to;
    const proxy = proxyOf(to, env);
    // A name for the certificate; an address has none.
    const servername = options.servername ?? (isIP(host) === 0 ? host : '');
    const way = proxy ? { socket: await openTunnel(to, proxy, { ca, signal }) } : { host, port };
    return connectTls({ ...options, ca, servername, ...way });
  }

  const relayOf = (to: Destination) => (to.protocol === 'http:' ? proxyOf(to, env) : undefined);
  return {
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
    async connect(to, signal) {
      if (to.protocol === 'https:') return secured(to, { ALPNProtocols: ['http/1.1'] }, signal);
      const { connect } = await import('node:net');
      return connect({ host: to.hostname, port: to.port ?? 80 });
    },
    relayOf,
    relay: (client) => relayThrough(client, relayOf),
  };
}

/** Node calls `createConnection` of an agent for each new socket, and waits for the callback where it returns none. */
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

/** The bundle replaces the list of authorities that Node comes with, as it does in the AWS CLI. */
function bundleOf(env: Env): string | undefined {
  const path = env.AWS_CA_BUNDLE?.trim();
  if (!path) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'does not exist'
        : `cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new UsageError(`AWS_CA_BUNDLE names ${path}, which ${why}.`, { cause: error });
  }
  if (!/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(text))
    throw new UsageError(`AWS_CA_BUNDLE names ${path}, which holds no certificate in PEM form.`);
  return text;
}
