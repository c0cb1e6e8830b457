/** STS, as far as a client needs it to learn who it is. */
import type { Operations } from '../../wire/operation.js';
import { assumeRole } from './assume-role.js';
import { getCallerIdentity } from './get-caller-identity.js';

export const operations: Operations = { AssumeRole: assumeRole, GetCallerIdentity: getCallerIdentity };
