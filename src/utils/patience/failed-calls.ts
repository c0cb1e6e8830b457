/** Classifies a failed call: whether a retry may help, and whether the operation is available at all. Pure. */
import { isAccessDenied, isNotFound, isTransient, statusOf } from '../../errors.js';

export { isThrottled } from '../../errors.js';

const UNKNOWN_OPERATION = /UnknownOperation|UnsupportedOperation|NotImplemented|MethodNotAllowed/;
/** The connection broke, or DNS failed for the moment. */
const LOST = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ERR_STREAM_PREMATURE_CLOSE']);
/** No connection at all: permanent on the first call, transient once the service has answered. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND']);

/**
 * Whether a retry may succeed: throttling, a 5xx, an answer that is not the service's, a lost connection.
 * @param reached whether the service has answered before; if so, a refused connection is transient too
 */
export function isPassing(error: Error & { code?: string }, reached: boolean): boolean {
  if (isUnknownOperation(error)) return false;
  const { name, code = '' } = error;
  // HPE_…: Node's HTTP parser met something else.
  if (isTransient(error) || name === 'TimeoutError' || LOST.has(code) || code.startsWith('HPE_')) return true;
  return reached && UNREACHABLE.has(code);
}

/** Whether one entry of an answer (a record, a key) that failed with this code may succeed on a retry. */
export const isPassingCode = (code: string): boolean => isTransient({ name: code }) || /Timeout/i.test(code);

/** Whether the endpoint does not know the operation. */
export function isUnknownOperation(error: unknown): boolean {
  return UNKNOWN_OPERATION.test((error as Error).name) || [405, 501].includes(statusOf(error));
}

/**
 * Why an operation is not available here, to print after its name; undefined where the error says nothing of the kind.
 * @param action the IAM action that the operation needs, `sagemaker:ListRecords`
 */
export function whyUnavailable(error: unknown, action: string): string | undefined {
  if (isAccessDenied(error)) return `is not allowed (IAM action ${action})`;
  return isUnknownOperation(error) || (statusOf(error) === 404 && !isNotFound(error)) ? 'is not known here' : undefined;
}
