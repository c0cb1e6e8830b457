/** How calls reach a service: what all of them have in common, and whose keys sign them. */

/** What all calls of a client have in common. */
export interface Template {
  protocol: 'http:' | 'https:';
  hostname: string;
  port: number | undefined;
  /** The endpoint's own path, without a slash at its end. */
  basePath: string;
  /** For messages: `https://host:port/path`. */
  origin: string;
  /** Of every call, lower case; without those that are new for each. */
  headers: Record<string, string>;
  /** Of the credential scope. */
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
