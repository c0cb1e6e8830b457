/** Athena's refusals: InvalidRequestException, with the code that clients tell them apart by. */
import { ServiceError } from '../../wire/service-error.js';

/** `code` is Athena's own, e.g. `MALFORMED_QUERY`. */
export const invalidRequest = (message: string, code = 'INVALID_INPUT'): ServiceError =>
  new ServiceError('InvalidRequestException', message, { fields: { AthenaErrorCode: code, ErrorCode: code } });

export const metadataMissing = (message: string): ServiceError =>
  new ServiceError('MetadataException', message, { fields: { ErrorCode: 'EntityNotFoundException' } });
