/** GetCallerIdentity: everyone is the same made-up user. */
import type { Operation } from '../../wire/operation.js';

export const getCallerIdentity: Operation<object> = {
  rules: {},
  run: (_store, _input, { accountId }) => ({
    Arn: `arn:aws:sts::${accountId}:assumed-role/local/user`,
    UserId: 'AROALOCALLOCALLOCALLO:user',
    Account: accountId,
  }),
};
