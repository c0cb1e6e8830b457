/** What `@smithy/signature-v4`, the signer of the AWS SDK, would put on a request that a server has received. */
import { SignatureV4 } from '@smithy/signature-v4';
import { createHash, createHmac, type Hash } from 'node:crypto';
import type { Received } from './scripted-server.js';

class Sha256 {
  #hash: Hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = (secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array)) as Hash;
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

/** The Authorization header that the request should carry, and the one that it does. */
export async function signatures({ method, target, headers, body }: Received, secretAccessKey: string) {
  const { authorization = '', 'x-amz-date': date = '' } = headers as Record<string, string>;
  const [, accessKeyId = '', region = '', service = '', signed = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=(\S+),/.exec(
      authorization,
    )!;
  const sessionToken = headers['x-amz-security-token'] as string | undefined;
  const signer = new SignatureV4({
    service,
    region,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    sha256: Sha256,
    applyChecksum: signed.includes('x-amz-content-sha256'),
  });
  const [path = '', query] = target.split('?');
  const parameters = new URLSearchParams(query);
  const request = {
    method,
    protocol: 'http:',
    hostname: 'localhost',
    path,
    query: Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name)])),
    headers: Object.fromEntries(signed.split(';').map((name) => [name, String(headers[name])])),
    body,
  };
  const signingDate = date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)/, '$1-$2-$3:$4:');
  const { headers: expected } = await signer.sign(request, { signingDate });
  return {
    sent: authorization,
    expected: expected.authorization,
    bodyHash: createHash('sha256').update(body).digest('hex'),
  };
}
