/** Lists cut into pages: the token is opaque, and says where the next page starts. */
import { ServiceError } from './service-error.js';

/**
 * The page that the token points at, by default the first. `next` is undefined on the last.
 * @throws ServiceError InvalidInputException for a token that no page gave out.
 */
export function pageOf<T>(
  items: T[],
  { size, token }: { size: number; token?: string },
): { items: T[]; next?: string } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isInteger(start) || start < 0) throw new ServiceError('InvalidInputException', 'Invalid NextToken.');
  const end = start + size;
  const page = items.slice(start, end);
  return end < items.length ? { items: page, next: Buffer.from(String(end)).toString('base64url') } : { items: page };
}
