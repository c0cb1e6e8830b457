/** Signature Version 4 for a plain call, without what a signer of anything needs. */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { escapeUri, type HotCall } from './hot-calls.js';
import type { Template } from './sdk-template.js';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface ToSign {
  call: HotCall;
  template: Template;
  credentials: Credentials;
  /** The time at AWS, in milliseconds. */
  now: number;
}

/** Of a call without a body. */
const EMPTY_HASH = sha256('');
/** Headers that a machine in between may change, so the SDK signs them neither. */
const UNSIGNED = new Set(['authorization', 'connection', 'expect', 'user-agent', 'x-amzn-trace-id', 'cache-control']);

/**
 * Returns a signer that gives a call its headers, and remembers the signing key of the day.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function openSigner(): (toSign: ToSign) => Record<string, string> {
  let known: { of: string; key: Buffer } = { of: '', key: Buffer.alloc(0) };

  function signingKey(secret: string, scope: string): Buffer {
    const of = `${secret}\n${scope}`;
    if (known.of !== of) known = { of, key: scope.split('/').reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`)) };
    return known.key;
  }

  return ({ call, template, credentials, now }) => {
    const date = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
    const scope = `${date.slice(0, 8)}/${template.region}/${template.service}/aws4_request`;
    const { sessionToken } = credentials;
    const bodyHash = call.body.length > 0 ? sha256(call.body) : EMPTY_HASH;
    const headers: Record<string, string> = {
      ...template.headers,
      'amz-sdk-invocation-id': randomUUID(),
      'x-amz-content-sha256': bodyHash,
      'x-amz-date': date,
    };
    if (call.body.length > 0) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = String(call.body.length);
    }
    if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;
    const { canonical, names } = canonicalRequest({ call, template, headers, bodyHash });
    const signature = hmac(
      signingKey(credentials.secretAccessKey, scope),
      `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`,
    ).toString('hex');
    headers.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    return headers;
  };
}

interface Canonical extends Pick<ToSign, 'call' | 'template'> {
  headers: Record<string, string>;
  bodyHash: string;
}

function canonicalRequest({ call, template, headers, bodyHash }: Canonical) {
  const signed = Object.keys(headers).filter((name) => !UNSIGNED.has(name));
  const names = signed.sort().join(';');
  const [ownPath = '', query = ''] = call.path.split('?');
  // Every service but S3 signs the path encoded once more than it is sent.
  const path = escapeUri(template.basePath + ownPath).replaceAll('%2F', '/');
  const lines = signed.map((name) => `${name}:${headers[name]!.trim().replace(/\s+/g, ' ')}\n`).join('');
  return {
    canonical: `${call.method}\n${path}\n${query.split('&').sort().join('&')}\n${lines}\n${names}\n${bodyHash}`,
    names,
  };
}

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
