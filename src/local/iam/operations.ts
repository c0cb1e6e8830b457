/** IAM, as far as the SageMaker SDK needs it to turn the name of its execution role into an ARN. */
import { operation, type Operations } from '../wire/operation.js';
import { required, string } from '../wire/rules.js';

const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

/** GetRole: no roles are kept, so there is one of every name, as there is for AssumeRole. */
const getRole = operation({
  rules: { RoleName: required(string({ minLength: 1, maxLength: 64, pattern: '[\\w+=,.@-]+' })) },
  run: (_store, { RoleName }, { accountId }) => ({
    Role: {
      Path: '/',
      RoleName,
      RoleId: 'AROALOCALLOCALLOCALLO',
      Arn: `arn:aws:iam::${accountId}:role/${RoleName}`,
      CreateDate: '2020-12-01T00:00:00Z',
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(TRUST)),
      MaxSessionDuration: 3600,
    },
  }),
});

export const operations: Operations = { GetRole: getRole };
