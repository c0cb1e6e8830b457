/** Parses a request to S3: bucket and key from path or host, parameters, and caller. */
import type { Caller } from '../../wire/operation.js';
import { ServiceError } from '../../wire/service-error.js';
import type { Store } from '../../store/store.js';
import { xmlDocument, type XmlContent } from '../../wire/xml.js';

export interface S3Call {
  /** Empty for a call about all buckets. */
  bucket: string;
  /** Empty for a call about the bucket. */
  key: string;
  query: Map<string, string>;
  headers: Headers;
  request: Request;
  store: Store;
  caller: Caller;
}

/** Host names with a bucket, on AWS and on the loopback address. */
const BUCKET_HOST = /^(.{3,}?)\.(?:s3[.-](?:.+\.)?amazonaws\.com(?:\.cn)?|(?:s3\.)?localhost)$/;

/** @throws ServiceError InvalidURI for a path that is not percent-encoded UTF-8 */
export function readCall(request: Request, store: Store, caller: Caller): S3Call {
  const [path = '', ...query] = caller.target.split('?');
  const host = BUCKET_HOST.exec(new URL(request.url).hostname)?.[1];
  const [, bucket = '', key = ''] = /^\/?([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return {
    bucket: decode(host ?? bucket),
    key: decode(host === undefined ? key : path.replace(/^\//, '')),
    query: new Map(query.join('?').split('&').filter(Boolean).map(parameter)),
    headers: request.headers,
    request,
    store,
    caller,
  };
}

function parameter(pair: string): [string, string] {
  const equals = pair.indexOf('=');
  const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
  return [decode(name), decode(value.replaceAll('+', ' '))];
}

function decode(text: string): string {
  const plain = decoded(text);
  if (plain !== undefined) return plain;
  throw new ServiceError('InvalidURI', "Couldn't parse the specified URI.", { fields: { URI: text } });
}

/** Undefined for what is not percent-encoded UTF-8. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** An integer parameter. Throws ServiceError InvalidArgument for anything else. */
export function numberOf({ query }: S3Call, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === undefined || text === '') return fallback;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
}

export const invalidArgument = (message: string, name: string, value: string): ServiceError =>
  new ServiceError('InvalidArgument', message, { fields: { ArgumentName: name, ArgumentValue: value } });

export const notImplemented = (what: string): ServiceError =>
  new ServiceError('NotImplemented', `the embedded store does not answer ${what}`, { status: 501 });

export const noSuchKey = (key: string): ServiceError =>
  new ServiceError('NoSuchKey', 'The specified key does not exist.', { status: 404, fields: { Key: key } });

export function xmlResponse(root: string, content: XmlContent, headers: Record<string, string> = {}): Response {
  return new Response(xmlDocument(root, content), { headers: { 'content-type': 'application/xml', ...headers } });
}

/** An answer without a body. */
export const emptyResponse = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers });

/** Times in lists and copies, in milliseconds. */
export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();
