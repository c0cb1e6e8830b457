import { describe, expect, it } from 'vitest';
import { describeError } from '../src/describe-error.js';
import { CommandError, EXIT, isTransient } from '../src/errors.js';

const awsError = (name: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400, attempts: 3 }, ...more });

describe('describeError', () => {
  it('takes an abort, whose code is a number, for what it says', () => {
    expect(describeError(AbortSignal.abort().reason).message).toBe('This operation was aborted.');
  });

  it.each([
    ['no region', new Error('Region is missing'), EXIT.USAGE, /--region NAME/],
    [
      'an empty region',
      new Error('Region not accepted: region="" is not a valid hostname component.'),
      EXIT.USAGE,
      /--region NAME/,
    ],
    [
      'a key with a line break',
      Object.assign(new TypeError('Invalid character in header content ["authorization"]'), {
        code: 'ERR_INVALID_CHAR',
        $metadata: {},
      }),
      EXIT.USAGE,
      /AWS_ACCESS_KEY_ID.*line break/,
    ],
    [
      'no credentials',
      Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' }),
      EXIT.USAGE,
      /--profile NAME/,
    ],
    [
      'unknown profile',
      Object.assign(
        new Error('Could not resolve credentials using profile: [nope] in configuration/credentials file(s).'),
        { name: 'CredentialsProviderError' },
      ),
      EXIT.USAGE,
      /nope.*--profile/,
    ],
    [
      'a profile without a region',
      Object.assign(new Error('Region is missing'), { profile: 'nope' }),
      EXIT.USAGE,
      /^Profile nope has no AWS region/,
    ],
    [
      'no name of a region',
      new Error('Region not accepted: region="eu west" is not a valid hostname component.'),
      EXIT.USAGE,
      /^"eu west" cannot be an AWS region/,
    ],
    [
      'expired SSO',
      Object.assign(
        new Error(
          "The SSO session associated with this profile has expired. To refresh this SSO session run 'aws sso login'",
        ),
        { name: 'CredentialsProviderError' },
      ),
      EXIT.FAILED,
      /aws sso login/,
    ],
    [
      'expired token',
      awsError('ExpiredTokenException', 'The security token included in the request is expired'),
      EXIT.FAILED,
      /does not accept/,
    ],
    [
      'a refused connection',
      Object.assign(new Error(''), { code: 'ECONNREFUSED', address: '127.0.0.1', port: 9 }),
      EXIT.FAILED,
      /127\.0\.0\.1:9 refused the connection/,
    ],
    [
      'an unknown host',
      Object.assign(new Error('x'), { code: 'ENOTFOUND', hostname: 'nowhere' }),
      EXIT.FAILED,
      /nowhere is not known/,
    ],
    [
      'a missing group',
      awsError('ResourceNotFound', 'Resource Not Found: no such group'),
      EXIT.NOT_FOUND,
      /no such group/,
    ],
    [
      'a missing group in the words of PutRecord',
      awsError('ValidationError', 'Resource Not Found: Amazon SageMaker can’t find it'),
      EXIT.NOT_FOUND,
      /find it/,
    ],
    [
      'throttling',
      awsError('ThrottlingException', 'Rate exceeded'),
      EXIT.UNAVAILABLE,
      /Rate exceeded\. Gave up after 3 attempts/,
    ],
    [
      'a service that is down',
      awsError('ServiceUnavailable', 'Try later', { $metadata: { httpStatusCode: 503 } }),
      EXIT.UNAVAILABLE,
      /Gave up/,
    ],
    [
      'validation',
      awsError('ValidationError', 'bad', { operation: 'SageMakerFeatureStoreRuntime.PutRecord' }),
      EXIT.FAILED,
      /ValidationError \(SageMakerFeatureStoreRuntime\.PutRecord\): bad\./,
    ],
    [
      'a missing file',
      Object.assign(new Error('ENOENT'), { code: 'ENOENT', path: 'x.csv' }),
      EXIT.USAGE,
      /x\.csv does not exist/,
    ],
    [
      'a pipe without a reader',
      Object.assign(new Error('EPIPE'), { code: 'EPIPE', path: 'p' }),
      EXIT.FAILED,
      /^p was closed by its reader\.$/,
    ],
    ['anything else', new Error('boom'), EXIT.FAILED, /^boom\.$/],
  ])('%s is one sentence with its exit code', (_what, error, exitCode, words) => {
    const described = describeError(error);
    expect(described.exitCode).toBe(exitCode);
    expect(described.message).toMatch(words);
    expect(described.message).not.toContain('\n');
  });

  it('names the IAM action that is missing, from the message or from the operation', () => {
    const said = awsError(
      'AccessDeniedException',
      'User: u is not authorized to perform: sagemaker:PutRecord on resource: r',
    );
    expect(describeError(said).message).toContain('needs the IAM action sagemaker:PutRecord');
    const silent = awsError('AccessForbidden', 'Forbidden', {
      $metadata: { httpStatusCode: 403 },
      operation: 'SageMakerFeatureStoreRuntime.UpdateRecord',
    });
    expect(describeError(silent).message).toContain('needs the IAM action sagemaker:PutRecord');
  });

  it('leaves our own errors as they are', () => {
    const own = new CommandError('Already plain.', 7);
    expect(describeError(own)).toBe(own);
  });
});

describe('isTransient', () => {
  it('is what waiting may cure', () => {
    expect(isTransient(awsError('TooManyRequestsException', ''))).toBe(true);
    expect(isTransient(awsError('ValidationError', ''))).toBe(false);
  });
});
