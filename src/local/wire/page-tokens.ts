/** Page tokens: opaque to the caller, bound to what they were given out for. */

/** @param scope what the token is good for, e.g. one feature group. */
export const tokenOf = (scope: string, position: string): string =>
  Buffer.from(JSON.stringify([scope, position])).toString('base64url');

/** The position that a token of this scope holds; undefined for any other token. */
export function positionOf(scope: string, token: string): string | undefined {
  let held: unknown;
  try {
    held = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return undefined;
  }
  return Array.isArray(held) && held[0] === scope && typeof held[1] === 'string' ? held[1] : undefined;
}
