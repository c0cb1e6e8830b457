/** Signature Version 4 once more, from what a server sees of a request. */
import { createHash, createHmac } from 'node:crypto';
import type { Received } from './scripted-server.js';

/** The Authorization header that the request should carry, and the one that it does. */
export function signatures({ method, target, headers, body }: Received, secret: string) {
  const { authorization = '' } = headers;
  const [, key, scope, signed] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), SignedHeaders=(\S+), Signature=[0-9a-f]{64}$/.exec(authorization)!;
  const [path, query = ''] = target.split('?') as [string, string?];
  const bodyHash = createHash('sha256').update(body).digest('hex');
  const canonical = [
    method,
    path.split('/').map(encodeURIComponent).join('/'),
    query.split('&').sort().join('&'),
    ...signed!.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signed,
    bodyHash,
  ].join('\n');
  const [day, region, service, end] = scope!.split('/') as [string, string, string, string];
  let signing: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of [day, region, service, end]) signing = createHmac('sha256', signing).update(part).digest();
  const canonicalHash = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, canonicalHash].join('\n');
  const signature = createHmac('sha256', signing).update(text).digest('hex');
  return {
    sent: authorization,
    expected: `AWS4-HMAC-SHA256 Credential=${key}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    bodyHash,
  };
}
