/** Selects the proxy of a request by HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as the AWS CLI does. Pure. */
import { BlockList, isIP } from 'node:net';
import { UsageError } from '../errors.js';
import { variableOf, type Env } from './variables.js';

/** Destination of a request; IPv6 addresses come without brackets. */
export interface Destination {
  protocol: string;
  hostname: string;
  port?: number;
}

export interface Proxy {
  protocol: 'http:' | 'https:';
  hostname: string;
  port: number;
  /** Value of `proxy-authorization`, where the proxy URL has credentials. */
  authorization?: string;
  /** For messages, without the password: `http://proxy:3128 (HTTPS_PROXY)`. */
  words: string;
}

const VARIABLES: Record<string, string> = { 'https:': 'HTTPS_PROXY', 'http:': 'HTTP_PROXY' };
const DEFAULT_PORTS: Record<string, number> = { 'https:': 443, 'http:': 80 };

/**
 * The proxy for a destination; undefined for a direct connection.
 * @throws UsageError for a proxy that is not an http:// or https:// address
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html
 */
export function proxyOf(to: Destination, env: Env): Proxy | undefined {
  const variable = VARIABLES[to.protocol];
  const address = variable && variableOf(env, variable);
  if (!address || isExempt(to, variableOf(env, 'NO_PROXY') ?? '')) return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address.replace(/^\/\//, '')}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if ((url?.protocol !== 'http:' && url?.protocol !== 'https:') || url.hostname === '')
    throw new UsageError(`${variable} is not the address of a proxy such as http://proxy.example.com:3128.`);
  const port = url.port === '' ? DEFAULT_PORTS[url.protocol]! : Number(url.port);
  const user = [url.username, url.password].map(decodeURIComponent).join(':');
  return {
    protocol: url.protocol,
    hostname: withoutBrackets(url.hostname),
    port,
    authorization: url.username === '' ? undefined : `Basic ${Buffer.from(user).toString('base64')}`,
    words: `${url.protocol}//${url.hostname}:${port} (${variable})`,
  };
}

/** NO_PROXY: `host`, `.domain`, `domain` (with subdomains), `10.0.0.0/8`, each with or without a port; `*` for all. */
function isExempt({ protocol, hostname, port }: Destination, list: string): boolean {
  const host = withoutBrackets(hostname.toLowerCase());
  const family = isIP(host);
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      if (entry === '*') return true;
      if (family !== 0 && isWithin(host, entry)) return true;
      const [, name = '', portOfEntry] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (portOfEntry !== undefined && Number(portOfEntry) !== (port ?? DEFAULT_PORTS[protocol])) return false;
      const wanted = withoutBrackets(name).replace(/^\*?\./, '');
      return host === wanted || (family === 0 && wanted !== '' && host.endsWith(`.${wanted}`));
    });
}

function isWithin(address: string, entry: string): boolean {
  const [, network = '', bits] = /^(.*)\/(\d+)$/.exec(entry) ?? [];
  const family = isIP(network);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return false;
  const block = new BlockList();
  block.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return block.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

const withoutBrackets = (host: string) => host.replace(/^\[(.*)\]$/, '$1');
