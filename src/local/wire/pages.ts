/** Lists cut into pages: the token is opaque, and says where the next page starts; some are bound to what they were given out for. */
import { ServiceError } from './service-error.js';

/**
 * The page that the token of the input points at, by default the first. `next` is undefined on the last.
 * @throws ServiceError InvalidInputException for a token that no page gave out.
 */
export function pageOf<T>(
  items: T[],
  { MaxResults, NextToken }: { MaxResults?: number; NextToken?: string },
  max: number,
): { items: T[]; next?: string } {
  const start = NextToken === undefined ? 0 : Number(Buffer.from(NextToken, 'base64url').toString());
  if (!Number.isInteger(start) || start < 0) throw new ServiceError('InvalidInputException', 'Invalid NextToken.');
  const end = start + (MaxResults || max);
  const page = items.slice(start, end);
  return end < items.length ? { items: page, next: Buffer.from(String(end)).toString('base64url') } : { items: page };
}

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
