/** Athena's refusal: InvalidRequestException, with the code that clients tell its kinds apart by. */
import { ServiceError } from '../../wire/service-error.js';

/** `code` is Athena's own, e.g. `MALFORMED_QUERY`. */
export const invalidRequest = (message: string, code = 'INVALID_INPUT'): ServiceError =>
  new ServiceError('InvalidRequestException', message, { fields: { AthenaErrorCode: code, ErrorCode: code } });
