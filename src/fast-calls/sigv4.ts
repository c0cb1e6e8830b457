/** Signature Version 4, limited to what the hot calls need. */
import * as crypto from 'node:crypto';
import { escapeUri, type HotCall } from './hot-calls.js';
import type { Credentials, Template } from './way.js';

export interface ToSign {
  call: HotCall;
  template: Template;
  credentials: Credentials;
  /** The time at AWS, in milliseconds. */
  now: number;
}

/** Headers that intermediaries may change; the SDK does not sign them either. */
const UNSIGNED = new Set(['authorization', 'connection', 'expect', 'user-agent', 'x-amzn-trace-id', 'cache-control']);
/** Placeholder for the values that differ per call; cannot occur in a header. */
const GAP = '\0';

/** The parts common to all calls of a path and session, split at the placeholders. */
interface Form {
  head: string[];
  canonical: string[];
  signedHeaders: string;
}

/**
 * Returns a signer that produces the head of a call: request line, headers and empty line. It caches the signing key of
 * the day, and everything that is the same for the next call.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function openSigner(): (toSign: ToSign) => string {
  const forms = new Map<string, Form>();
  let session: { template?: Template; token?: string } = {};
  let known: { of: string; key: crypto.KeyObject } | undefined;

  function formOf(toSign: ToSign): Form {
    const { call, template } = toSign;
    const { sessionToken: token } = toSign.credentials;
    if (session.template !== template || session.token !== token) {
      forms.clear();
      session = { template, token };
    }
    const key = `${call.operation} ${call.path}`;
    let form = forms.get(key);
    if (!form) forms.set(key, (form = newForm(toSign)));
    return form;
  }

  function signingKey(secret: string, scope: string): crypto.KeyObject {
    const of = `${secret}\n${scope}`;
    if (known?.of !== of) {
      const bytes = scope.split('/').reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
      known = { of, key: crypto.createSecretKey(bytes) };
    }
    return known.key;
  }

  return (toSign) => {
    const { call, template, credentials, now } = toSign;
    const { head, canonical, signedHeaders } = formOf(toSign);
    const date = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
    const scope = `${date.slice(0, 8)}/${template.region}/${template.service}/aws4_request`;
    const bodyHash = sha256(call.body);
    const length = call.body.length > 0 ? [String(call.body.length)] : [];
    // In order of their names, as they are signed.
    const own = [sorted(call.query), crypto.randomUUID(), ...length, bodyHash, date];
    const signature = hmac(
      signingKey(credentials.secretAccessKey, scope),
      `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(filled(canonical, [...own, bodyHash]))}`,
    ).toString('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    own[0] = call.query === undefined ? '' : `?${call.query}`;
    return filled(head, [...own, sendable(authorization)]);
  };
}

/** The same for all calls of this operation and path, with this template and session. */
function newForm({ call, template, credentials: { sessionToken } }: ToSign): Form {
  const { method, path, headers: own, body } = call;
  const headers: Record<string, string> = {
    ...template.headers,
    ...own,
    'amz-sdk-invocation-id': GAP,
    ...(body.length > 0 && { 'content-length': GAP }),
    'x-amz-content-sha256': GAP,
    'x-amz-date': GAP,
  };
  if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;
  const names = Object.keys(headers).sort();
  const signed = names.filter((name) => !UNSIGNED.has(name));
  const signedHeaders = signed.join(';');
  // All services but S3 sign the path with a second URI encoding.
  const canonicalPath = escapeUri(template.basePath + path).replaceAll('%2F', '/');
  const lines = signed.map((name) => `${name}:${headers[name]!.trim().replace(/\s+/g, ' ')}\n`).join('');
  const canonical = `${method}\n${canonicalPath}\n${GAP}\n${lines}\n${signedHeaders}\n${GAP}`;
  const sent = names.map((name) => `${name}: ${sendable(headers[name]!)}\r\n`).join('');
  const head = `${method} ${template.basePath}${path}${GAP} HTTP/1.1\r\n${sent}connection: keep-alive\r\nauthorization: ${GAP}\r\n\r\n`;
  return { head: head.split(GAP), canonical: canonical.split(GAP), signedHeaders };
}

const sorted = (query = '') => query.split('&').sort().join('&');

/** @throws TypeError for a value with a line end, as node:http does */
function sendable(value: string): string {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value.replaceAll(GAP, '')))
    throw Object.assign(new TypeError('A header has a character that none can have'), { code: 'ERR_INVALID_CHAR' });
  return value;
}

function filled(pieces: string[], values: string[]): string {
  let text = pieces[0]!;
  for (let index = 0; index < values.length; index += 1) text += values[index]! + pieces[index + 1]!;
  return text;
}

/** crypto.hash (Node 20.12 and later) takes a third of the time for text as short as a head. */
const sha256: (data: string | Buffer) => string =
  typeof crypto.hash === 'function'
    ? (data) => crypto.hash('sha256', data, 'hex')
    : (data) => crypto.createHash('sha256').update(data).digest('hex');

function hmac(key: Buffer | crypto.KeyObject, text: string): Buffer {
  return crypto.createHmac('sha256', key).update(text).digest();
}
