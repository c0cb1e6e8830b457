/** InvalidRequestException, with the code by which clients distinguish its kinds. */
import { ServiceError } from '../../wire/service-error.js';

/** `code` is the error code of Athena, e.g. `MALFORMED_QUERY`. */
export const invalidRequest = (message: string, code = 'INVALID_INPUT'): ServiceError =>
  new ServiceError('InvalidRequestException', message, { fields: { AthenaErrorCode: code, ErrorCode: code } });
