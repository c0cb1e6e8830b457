/** Pages of keys: common prefixes are grouped, and skipped rather than read. */
import { invalidArgument, numberOf } from '../request/call.js';
import type { S3Call } from '../request/call.js';

export const MAX_KEYS_PER_PAGE = 1000;

/** The first position (in bytes) after a key and everything below a common prefix. */
export const afterKey = (key: string): Buffer => Buffer.from(`${key}\0`);
export const afterPrefix = (prefix: string): Buffer => Buffer.concat([Buffer.from(prefix), Buffer.of(0xff)]);

export interface Page<T> {
  items: T[];
  commonPrefixes: string[];
  /** Last entry of a page, if another page follows. */
  last?: Entry<T>;
}

export type Entry<T> = { item: T; commonPrefix?: undefined } | { commonPrefix: string; item?: undefined };

interface Listing<T> {
  prefix: string;
  delimiter: string;
  limit: number;
  from?: Uint8Array;
  read: (from?: Uint8Array) => Iterable<T>;
}

export function pageOf<T extends { key: string }>(listing: Listing<T>): Page<T> {
  const entries: Entry<T>[] = [];
  let last: Entry<T> | undefined;
  for (const entry of rolledUp(listing)) {
    if (entries.length === listing.limit) {
      last = entries.at(-1);
      break;
    }
    entries.push(entry);
  }
  return {
    items: entries.flatMap(({ item }) => item ?? []),
    commonPrefixes: entries.flatMap(({ commonPrefix }) => commonPrefix ?? []),
    last,
  };
}

function* rolledUp<T extends { key: string }>({ prefix, delimiter, from, read }: Listing<T>): Generator<Entry<T>> {
  let start: Uint8Array | undefined = from;
  for (let rolled = true; rolled;) {
    rolled = false;
    for (const item of read(start)) {
      const commonPrefix = commonPrefixOf(item.key, prefix, delimiter);
      if (commonPrefix === undefined) {
        yield { item };
        continue;
      }
      yield { commonPrefix };
      start = afterPrefix(commonPrefix);
      rolled = true;
      break;
    }
  }
}

function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

/** Start of a listing after a marker, which may be a common prefix of the previous page. */
export function afterMarker(marker: string, prefix: string, delimiter: string): Buffer {
  return commonPrefixOf(marker, prefix, delimiter) === marker ? afterPrefix(marker) : afterKey(marker);
}

/** Parameters common to all listings; `encode` is for keys in the answer. */
export function listingOf(call: S3Call): { prefix: string; delimiter: string; limit: number; encode: Encode } {
  const { query } = call;
  const encoding = query.get('encoding-type');
  if (encoding !== undefined && encoding !== 'url') {
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encoding);
  }
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    limit: Math.min(numberOf(call, 'max-keys', MAX_KEYS_PER_PAGE), MAX_KEYS_PER_PAGE),
    encode: encoding === 'url' ? urlEncode : asIs,
  };
}

export type Encode = <T extends string | undefined>(text: T) => T;

const asIs: Encode = (text) => text;
const urlEncode: Encode = <T extends string | undefined>(text: T) =>
  (text === undefined ? text : encodeURIComponent(text).replaceAll('%2F', '/')) as T;
