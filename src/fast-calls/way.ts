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

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface Way {
  template: Template;
  credentials(): Promise<Credentials>;
}
