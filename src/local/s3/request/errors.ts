/** S3 errors: XML with a code, and only the status for HEAD. */
import type { Caller } from '../../wire/operation.js';
import { ServiceError } from '../../wire/service-error.js';
import { xmlDocument } from '../../wire/xml.js';
import { emptyResponse, xmlResponse, type S3Call } from './call.js';

const INTERNAL_ERROR = 'We encountered an internal error. Please try again.';

/** Errors that have another name or status in S3. */
const S3_NAMES: Record<string, { code: string; status: number; message?: string }> = {
  ThrottlingException: { code: 'SlowDown', status: 503, message: 'Please reduce your request rate.' },
  AccessDeniedException: { code: 'AccessDenied', status: 403 },
  InternalFailure: { code: 'InternalError', status: 500, message: INTERNAL_ERROR },
};

export function errorResponse(error: ServiceError, { requestId }: Caller, request: Request): Response {
  const { code, status, message = error.message } = S3_NAMES[error.code] ?? error;
  if (request.method === 'HEAD') return emptyResponse(status);
  const body = xmlDocument('Error', {
    Code: code,
    Message: message,
    ...(error.fields as Record<string, string | number>),
    RequestId: requestId,
    HostId: 'sagemaker-fs-local',
  });
  const range: Record<string, string> =
    code === 'InvalidRange' ? { 'content-range': `bytes */${String(error.fields.ActualObjectSize)}` } : {};
  return new Response(body, { status, headers: { 'content-type': 'application/xml', ...range } });
}

/** The error that a test has set on a key. */
export function failureSetOn({ store, bucket }: S3Call, key: string): ServiceError | undefined {
  const code = store.objects.failKeys.get(`${bucket}/${key}`);
  return code === undefined ? undefined : new ServiceError(code, INTERNAL_ERROR);
}

/** That error inside a 200, as S3 may report it for copies and completions. */
export function embeddedError(call: S3Call): Response | undefined {
  const failure = failureSetOn(call, call.key);
  if (!failure) return undefined;
  return xmlResponse('Error', { Code: failure.code, Message: failure.message, RequestId: call.caller.requestId });
}
