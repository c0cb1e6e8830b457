/** Plain HTTP through a proxy: the request line has the absolute URL, and the proxy its own credentials. */
import type { Stack } from '../utils/stack.js';
import type { Destination, Proxy } from './proxies.js';

/** What the SDK hands to a request handler. */
export interface SdkRequest extends Destination {
  path: string;
  username?: string;
  headers: Record<string, string>;
}

type Next = (args: { request: SdkRequest }) => Promise<unknown>;

/** @see https://www.rfc-editor.org/rfc/rfc9112#name-absolute-form */
export function relayThrough({ middlewareStack }: Stack, relayOf: (to: Destination) => Proxy | undefined): void {
  const middleware = (next: Next) => (args: { request: SdkRequest }) => {
    const { request } = args;
    const proxy = relayOf(request);
    if (!proxy) return next(args);
    const { hostname, port, path, headers } = request;
    const address = `http://${hostname}${port === undefined ? '' : `:${port}`}${path}`;
    const authorization = proxy.authorization && { 'proxy-authorization': proxy.authorization };
    // The request is signed and may be retried: change a copy, so that it is changed once.
    const relayed = Object.assign(Object.create(Object.getPrototypeOf(request) as object) as SdkRequest, request, {
      path: address,
      headers: { ...headers, ...authorization },
    });
    return next({ ...args, request: relayed }).catch((error: unknown) => {
      // Answers are handled further out, so what fails here is the connection to the proxy.
      throw Object.assign(error as Error, { proxy: proxy.words });
    });
  };
  // After signing, next to the request handler.
  middlewareStack.add(middleware, { step: 'deserialize', priority: 'low', name: 'sagemakerFsRelay' });
}
