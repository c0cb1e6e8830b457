/** STS, as far as a client needs it to learn who it is: everyone is the same made-up user, and may be any role. */
import { operation, type Operations } from '../wire/operation.js';
import { required, string } from '../wire/rules.js';

const DEFAULT_DURATION_SECONDS = 3600;

/** AssumeRole: hands out credentials for any role; the store takes every signature. */
const assumeRole = operation({
  rules: {
    RoleArn: required(string({ minLength: 20, maxLength: 2048 })),
    RoleSessionName: required(string({ minLength: 2, maxLength: 64, pattern: '[\\w+=,.@-]*' })),
    DurationSeconds: string({ pattern: '\\d{3,5}' }),
  },
  run({ now }, { RoleArn, RoleSessionName, DurationSeconds }) {
    const seconds = Number(DurationSeconds ?? DEFAULT_DURATION_SECONDS);
    const role = RoleArn.slice(RoleArn.lastIndexOf('/') + 1);
    return {
      Credentials: {
        AccessKeyId: 'ASIALOCALLOCALLOCALL',
        SecretAccessKey: 'local',
        SessionToken: 'local',
        Expiration: new Date(now() + seconds * 1000).toISOString(),
      },
      AssumedRoleUser: {
        AssumedRoleId: `AROALOCALLOCALLOCALLO:${RoleSessionName}`,
        Arn: `${RoleArn.replace(':iam:', ':sts:').replace(/:role\/.*/, '')}:assumed-role/${role}/${RoleSessionName}`,
      },
    };
  },
});

const getCallerIdentity = operation({
  rules: {},
  run: (_store, _input, { accountId }) => ({
    Arn: `arn:aws:sts::${accountId}:assumed-role/local/user`,
    UserId: 'AROALOCALLOCALLOCALLO:user',
    Account: accountId,
  }),
});

export const operations: Operations = { AssumeRole: assumeRole, GetCallerIdentity: getCallerIdentity };
