/** Whom the HTTP door answers: programs on this machine that ask for it by its own name, never a page in a browser. */
import type { IncomingHttpHeaders } from 'node:http';

/** Names of the loopback address; a bucket may stand before them. */
const OWN_HOST = /^(?:127\.0\.0\.1|\[::1\]|(?:[^.]+\.)*localhost)$/i;

/**
 * Why a request is not answered; undefined when it is. A foreign name means that a page has had its own name resolved to
 * this machine, and a foreign origin that it sends requests from elsewhere, which it may do without asking.
 * @param allowed more names, e.g. of a container.
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
