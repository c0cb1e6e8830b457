/** What the environment says of the network; all that is loaded where it says nothing. Pure. */

export type Env = Record<string, string | undefined>;

/** Whether anything of the environment says how the network is to be used. */
export function isNetworkNamed(env: Env): boolean {
  return ['HTTPS_PROXY', 'HTTP_PROXY', 'AWS_CA_BUNDLE'].some((name) => variableOf(env, name) !== undefined);
}

/** In lower case as well, and first: so do curl and Python. An empty one is none. */
export function variableOf(env: Env, name: string): string | undefined {
  const value = env[name.toLowerCase()] ?? env[name];
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
