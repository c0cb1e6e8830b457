/** What it means, and what to do, where a connection failed, or an answer that is no error of the service came back. Pure. */
import { CHECK_THE_WAY, statusOf, strangeStatus, type AwsError, type StrangeAnswer } from './errors.js';

const TROUBLES: Record<string, string> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'broke the connection',
  ENOTFOUND: 'is not known (no such host)',
  EAI_AGAIN: 'could not be looked up',
  ETIMEDOUT: 'did not answer in time',
  EHOSTUNREACH: 'cannot be reached',
  EPROTO: 'does not speak the expected protocol',
};
/** What Node finds wrong with a certificate. https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?))$/;
const BAD_CERTIFICATE =
  /^(CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|UNABLE_TO_DECRYPT_CERT)/;

interface ConnectionError {
  name: string;
  message: string;
  code?: string;
  /** Where the connection was to go, as far as Node says. */
  address?: string;
  port?: number;
  hostname?: string;
  /** Of a certificate that is for another name. */
  host?: string;
  /** The proxy that was on the way, in words. */
  proxy?: string;
  cause?: unknown;
  /** One for each address of a host. */
  errors?: ConnectionError[];
}

/** Undefined for an error that is not about a connection. */
export function connectionTrouble(error: ConnectionError): string | undefined {
  const [first] = error.errors ?? [];
  const source = first ?? (error.code ? error : ((error.cause as ConnectionError | undefined) ?? error));
  // That of a DOMException, such as an AbortError, is a number.
  const code = String(source.code ?? '');
  const proxy = error.proxy ?? source.proxy;
  if (UNTRUSTED.test(code) || BAD_CERTIFICATE.test(code))
    return certificateTrouble({ ...source, message: source.message, proxy }, code);
  const words =
    TROUBLES[code.replace(/^ERR_SSL_.*/, 'EPROTO')] ?? (error.name === 'TimeoutError' ? TROUBLES.ETIMEDOUT : undefined);
  if (!words) return undefined;
  if (proxy) return `The proxy ${proxy} ${words}: check that variable, and the network.`;
  const where = source.hostname ?? (source.address ? `${source.address}:${source.port}` : 'The endpoint');
  return `${where} ${words}: check --endpoint-url, the region and the network.`;
}

function certificateTrouble({ proxy, host, message }: ConnectionError, code: string): string {
  const of = proxy ? `the proxy ${proxy}` : (host ?? 'the endpoint');
  const todo = UNTRUSTED.test(code)
    ? 'if a proxy opens TLS on the way, name the PEM file of its certificate authority in AWS_CA_BUNDLE'
    : 'check the host that is named, AWS_CA_BUNDLE, and the clock of this machine';
  return `The certificate of ${of} is not accepted (${code}: ${message}): ${todo}.`;
}

/** What the SDK calls an answer that names no error; S3 answers HEAD so, which has no body. */
const NAMELESS = /^(Unknown|UnknownError|SyntaxError|\d{3})$/;

/** An answer with a status but no error of the service, most likely of a proxy on the way; undefined for all else. */
export function strangeAnswer(error: AwsError & { $response?: unknown }): StrangeAnswer | undefined {
  const status = statusOf(error);
  if (status < 300 || !NAMELESS.test(error.name) || /\.Head[A-Z]/.test(error.operation ?? '')) return undefined;
  const { headers } = (error.$response ?? {}) as { headers?: Record<string, string> };
  return (
    strangeStatus(status, headers) ?? {
      instead: `status ${status} and no error (a proxy or gateway?)`,
      todo: CHECK_THE_WAY,
    }
  );
}
