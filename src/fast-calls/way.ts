/** How to reach a service: what its calls have in common, and the credentials that sign them. */

/** What all calls of a client have in common. */
export interface Template {
  protocol: 'http:' | 'https:';
  hostname: string;
  port: number | undefined;
  /** Base path of the endpoint, without a trailing slash. */
  basePath: string;
  /** For messages: `https://host:port/path`. */
  origin: string;
  /** Headers of every call, in lower case; without those that differ per call. */
  headers: Record<string, string>;
  /** For the credential scope. */
  region: string;
  service: string;
}

/** Undefined for another protocol than HTTP. IPv6 addresses may come in brackets. */
export function templateAt(
  { protocol, hostname, port, basePath }: Pick<Template, 'hostname' | 'port' | 'basePath'> & { protocol: string },
  common: Pick<Template, 'headers' | 'region' | 'service'>,
): Template | undefined {
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  const origin = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${basePath}`;
  return { protocol, hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port, basePath, origin, ...common };
}

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface Way {
  template: Template;
  credentials(): Promise<Credentials>;
}
