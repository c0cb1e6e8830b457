/** Decides whom the HTTP listener answers: programs on this machine that use its own name, never a web page. */
import type { IncomingHttpHeaders } from 'node:http';

/** Names of the loopback address, optionally after a bucket. */
const OWN_HOST = /^(?:127\.0\.0\.1|\[::1\]|(?:[^.]+\.)*localhost)$/i;

/**
 * Why a request is rejected; undefined if it is not. A foreign host name indicates DNS rebinding by a page, and a
 * foreign origin a cross-site request, which needs no permission.
 * @param allowed more host names, e.g. of a container
 */
export function refusalOf({ host = '', origin }: IncomingHttpHeaders, allowed: readonly string[]): string | undefined {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  const known = allowed.some((each) => name === each.toLowerCase() || name.endsWith(`.${each.toLowerCase()}`));
  if (!known && !OWN_HOST.test(name)) {
    return `The embedded store does not answer for the host '${name}'; local serve --allow-host ${name} allows it.`;
  }
  return origin === undefined || origin === `http://${host}`
    ? undefined
    : `The embedded store does not answer pages of ${origin}.`;
}
