/** The network settings of the environment. All that is loaded where there are none. Pure. */

export type Env = Record<string, string | undefined>;

/** Whether the environment has any network setting. */
export function isNetworkNamed(env: Env): boolean {
  return ['HTTPS_PROXY', 'HTTP_PROXY', 'AWS_CA_BUNDLE'].some((name) => variableOf(env, name) !== undefined);
}

/** Lower case takes precedence, as in curl and Python. An empty value counts as unset. */
export function variableOf(env: Env, name: string): string | undefined {
  const value = env[name.toLowerCase()] ?? env[name];
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
