/** What a failed call says: whether waiting may cure it, and whether the operation is available here at all. Pure. */
import { isAccessDenied, isNotFound, isTransient, statusOf } from '../../errors.js';

export { isThrottled } from '../../errors.js';

const UNKNOWN_OPERATION = /UnknownOperation|UnsupportedOperation|NotImplemented|MethodNotAllowed/;
/** A connection that was there and broke, or a name that could not be looked up at the time. */
const LOST = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ERR_STREAM_PREMATURE_CLOSE']);
/** No connection at all: wrong for good in a first call, and a passing trouble once there was an answer. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND']);

/**
 * Whether the same call may succeed later: throttling, a 5xx, an answer that is not the service's, a lost connection.
 * @param reached whether the service has answered before; then being refused a connection passes, too
 */
export function isPassing(error: Error & { code?: string }, reached: boolean): boolean {
  if (isUnknownOperation(error)) return false;
  const { name, code = '' } = error;
  // HPE_…: Node's parser of HTTP met something else.
  if (isTransient(error) || name === 'TimeoutError' || LOST.has(code) || code.startsWith('HPE_')) return true;
  return reached && UNREACHABLE.has(code);
}

/** Whether the part of an answer (a record, a key) that failed under this code may succeed later. */
export const isPassingCode = (code: string): boolean => isTransient({ name: code }) || /Timeout/i.test(code);

/** Whether the endpoint has never heard of the operation. */
export function isUnknownOperation(error: unknown): boolean {
  return UNKNOWN_OPERATION.test((error as Error).name) || [405, 501].includes(statusOf(error));
}

/**
 * Why an operation is not available here, if that is what the error says: words to put behind its name.
 * @param action the IAM action that the operation needs, `sagemaker:ListRecords`
 */
export function whyUnavailable(error: unknown, action: string): string | undefined {
  if (isAccessDenied(error)) return `is not allowed (IAM action ${action})`;
  return isUnknownOperation(error) || (statusOf(error) === 404 && !isNotFound(error)) ? 'is not known here' : undefined;
}
