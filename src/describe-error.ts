/** How an error reads: one plain sentence, and the exit code that goes with it. Pure. */
import { connectionTrouble, strangeAnswer } from './connection-errors.js';
import {
  deniedAction,
  CommandError,
  EXIT,
  isAccessDenied,
  isNotFound,
  isTransient,
  refusalOf,
  SIGN_IN,
  UsageError,
  type AwsError,
  type ForeignAnswer,
} from './errors.js';

/** The service checks another action than the operation's own name. */
const ACTIONS: Record<string, string> = {
  UpdateRecord: 'PutRecord',
  ListObjectsV2: 'ListBucket',
  HeadObject: 'GetObject',
};
const ACTION_PREFIX: Record<string, string> = { SageMaker: 'sagemaker', SageMakerFeatureStoreRuntime: 'sagemaker' };

/** Turns anything thrown into a CommandError: one plain sentence and the exit code that goes with it. */
export function describeError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (!(error instanceof Error)) return new CommandError(String(error));
  const aws = error as AwsError;
  const described = describeCredentials(aws) ?? describeNetwork(aws) ?? describeFile(aws) ?? describeService(aws);
  return described ?? new CommandError(sentence(error.message || error.name), EXIT.FAILED, { cause: error });
}

function describeCredentials(error: AwsError): CommandError | undefined {
  const { name, message, code, profile } = error;
  if (/Region is missing|region="" is not/.test(message)) {
    if (profile)
      return new UsageError(
        `Profile ${profile} has no AWS region, or is not in ~/.aws/config: pass --region NAME, set AWS_REGION, or add a region to it.`,
      );
    return new UsageError('No AWS region is set: pass --region NAME, set AWS_REGION, or add a region to your profile.');
  }
  const [, region] = /^Region not accepted: region=("[^]*") is not/.exec(message) ?? [];
  if (region !== undefined)
    return new UsageError(`${region} cannot be an AWS region: check --region, AWS_REGION and your profile.`);
  if (/sso.*(expired|invalid)|(expired|invalid).*sso|aws sso login/i.test(message)) {
    return new CommandError('The SSO session is missing or has expired: run `aws sso login`, then try again.');
  }
  if (/Could not resolve credentials using profile|profile.*(not found|could not be found)/i.test(message)) {
    return new UsageError(`${sentence(message)} Check --profile, AWS_PROFILE and ~/.aws/config.`);
  }
  if (/Could not load credentials|Credentials? (is|are) missing/i.test(message)) {
    if (profile)
      return new UsageError(
        `Profile ${profile} has no AWS credentials: check --profile, AWS_PROFILE and ~/.aws/config.`,
      );
    return new UsageError(
      'No AWS credentials were found: pass --profile NAME, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`. To try the tool without an account, add --local.',
    );
  }
  if (code === 'ERR_INVALID_CHAR') {
    return new UsageError(
      'The AWS credentials hold a character that no header can have: check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, or the profile, for a line break at the end.',
    );
  }
  if (name === 'CredentialsProviderError') return new UsageError(`No AWS credentials: ${sentence(message)}`);
  if (SIGN_IN.test(name))
    return new CommandError(`AWS does not accept these credentials (${name}): ${sentence(message)}`);
  return undefined;
}

function describeNetwork(error: AwsError): CommandError | undefined {
  const trouble = connectionTrouble(error);
  return trouble === undefined ? undefined : new CommandError(trouble, EXIT.FAILED, { cause: error });
}

function describeFile(error: AwsError & { path?: string }): CommandError | undefined {
  const words: Record<string, string> = {
    ENOENT: 'does not exist',
    ENOTDIR: 'does not exist: a folder in its path is a file',
    ENAMETOOLONG: 'does not exist: its name is too long',
    ELOOP: 'cannot be opened: it is a symbolic link to itself',
    EACCES: 'cannot be opened: permission denied',
    EISDIR: 'is a directory, not a file',
    ENOSPC: 'could not be written: the disk is full',
    EPIPE: 'was closed by its reader',
  };
  const word = words[error.code ?? ''];
  if (!word || !error.path) return undefined;
  return new CommandError(`${error.path} ${word}.`, /^(ENOSPC|EPIPE)$/.test(error.code!) ? EXIT.FAILED : EXIT.USAGE, {
    cause: error,
  });
}

function describeService(error: AwsError): CommandError | undefined {
  if (error.$metadata === undefined && error.$fault === undefined) return undefined;
  const told = (message: string, exitCode: number = EXIT.FAILED) =>
    new CommandError(message, exitCode, { cause: error });
  const attempts = attemptsOf(error);
  /** `todo` is what to do where waiting does not help. */
  const foreign = (what: string, todo: string | undefined) =>
    todo === undefined
      ? told(`${what}; gave up after ${attempts}, trying again later may help.`, EXIT.UNAVAILABLE)
      : told(`${what}: ${todo}.`);
  const strange = strangeAnswer(error);
  if (strange) {
    const call = error.operation?.split('.').at(-1) ?? 'A call';
    const what = `${call} was answered with ${strange.instead}, which is not the service's`;
    return foreign(what, isTransient(error) ? undefined : strange.todo);
  }
  const during = error.operation ? ` (${error.operation})` : '';
  const message = sentence(error.message || error.name);
  if (isNotFound(error)) return told(message, EXIT.NOT_FOUND);
  const refusal = refusalOf(error);
  if (refusal) return told(`${error.name}${during}: ${refusal}`);
  if (isAccessDenied(error)) return told(`Access denied: this needs ${missingAction(error)}. AWS says: ${message}`);
  if (error.name === 'ForeignAnswer') return foreign(error.message, (error as ForeignAnswer).todo);
  if (isTransient(error))
    return told(
      `${error.name}: ${message} Gave up after ${attempts}${during}; trying again later may help.`,
      EXIT.UNAVAILABLE,
    );
  return told(`${error.name}${during}: ${message}`);
}

const attemptsOf = ({ $metadata: { attempts = 1 } = {} }: AwsError) =>
  attempts === 1 ? '1 attempt' : `${attempts} attempts`;

function missingAction(error: AwsError): string {
  const named = deniedAction(error.message);
  if (named) return `the IAM action ${named}`;
  const [client = '', command = ''] = (error.operation ?? '').split('.');
  if (!command) return 'an IAM action that the caller lacks';
  return `the IAM action ${ACTION_PREFIX[client] ?? client.toLowerCase()}:${ACTIONS[command] ?? command}`;
}

function sentence(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, ' ');
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
