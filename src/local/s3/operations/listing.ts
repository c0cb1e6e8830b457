/** Pages of keys, as all lists of S3 have them: common prefixes are grouped, and skipped rather than read. */
import { invalidArgument, numberOf, type S3Call } from '../request/call.js';

const MAX_PER_PAGE = 1000;

/** How many entries a page may have. */
export const limitOf = (call: S3Call, name: string): number =>
  Math.min(numberOf(call, name, MAX_PER_PAGE), MAX_PER_PAGE);

/** The first position (in bytes) after a key and everything below a common prefix. */
export const afterKey = (key: string): Buffer => Buffer.from(`${key}\0`);
export const afterPrefix = (prefix: string): Buffer => Buffer.concat([Buffer.from(prefix), Buffer.of(0xff)]);

export type Entry<T> = { item: T; commonPrefix?: undefined } | { commonPrefix: string; item?: undefined };

interface Listing<T> {
  /** The parameter with the maximum of entries. */
  limit: 'max-keys' | 'max-uploads';
  /** Where the page starts, in bytes of the key. */
  from?: Uint8Array;
  /** Everything with the prefix, in UTF-8 order of keys. */
  read(prefix: string, from?: Uint8Array): Iterable<T>;
}

/**
 * The page that a request asks for. `encode` is for keys in the answer, `shared` is what all answers say.
 * @throws ServiceError InvalidArgument
 */
export function pageOf<T extends { key: string }>(call: S3Call, listing: Listing<T>) {
  const { query } = call;
  const encoding = query.get('encoding-type');
  if (encoding !== undefined && encoding !== 'url') {
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encoding);
  }
  const limit = limitOf(call, listing.limit);
  const entries: Entry<T>[] = [];
  let last: Entry<T> | undefined;
  for (const entry of rolledUp(call, listing)) {
    if (entries.length === limit) {
      last = entries.at(-1);
      break;
    }
    entries.push(entry);
  }
  const encode = (text: string | undefined): string | undefined =>
    text && encoding ? encodeURIComponent(text).replaceAll('%2F', '/') : text;
  const shared = {
    Prefix: encode(query.get('prefix') ?? ''),
    Delimiter: encode(query.get('delimiter') || undefined),
    EncodingType: encoding,
    IsTruncated: last !== undefined,
    CommonPrefixes: entries.flatMap(({ commonPrefix }) => (commonPrefix ? { Prefix: encode(commonPrefix) } : [])),
  };
  return {
    items: entries.flatMap(({ item }) => item ?? []),
    limit,
    encode,
    shared,
    /** The last entry of the page, and its key, if another page follows. */
    last,
    lastKey: encode(last?.commonPrefix ?? last?.item?.key),
  };
}

function* rolledUp<T extends { key: string }>(call: S3Call, { from, read }: Listing<T>): Generator<Entry<T>> {
  for (let start = from; ;) {
    let rolled: string | undefined;
    for (const item of read(call.query.get('prefix') ?? '', start)) {
      rolled = commonPrefixOf(call, item.key);
      yield rolled === undefined ? { item } : { commonPrefix: rolled };
      if (rolled !== undefined) break;
    }
    if (rolled === undefined) return;
    start = afterPrefix(rolled);
  }
}

function commonPrefixOf({ query }: S3Call, key: string): string | undefined {
  const delimiter = query.get('delimiter') ?? '';
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, query.get('prefix')?.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

/** Start of a listing after a marker, which may be a common prefix of the previous page. */
export const afterMarker = (call: S3Call, marker: string): Buffer =>
  commonPrefixOf(call, marker) === marker ? afterPrefix(marker) : afterKey(marker);
