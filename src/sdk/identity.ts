/** Who calls: keys of the environment, a profile, a role, in the order of the AWS CLI; found once for all clients of a run. */
import { RefusedError } from '../errors.js';
import type { fromNodeProviderChain } from './credentials.js';

interface Identity {
  profile?: string;
  roleArn?: string;
  externalId?: string;
}

/** Options of the clients that ask for credentials. */
interface CredentialClients {
  region?: string;
  endpoint?: string;
  requestHandler?: object;
}

interface CredentialsOptions {
  env: Record<string, string | undefined>;
  /** Asks for one line on the terminal; undefined without one. */
  ask?: (question: string) => Promise<string>;
  /** Applied to each client that asks for credentials of a role. */
  applyToStack(stack: object): void;
}

type Provider = ReturnType<typeof fromNodeProviderChain>;

/** The SDK warns where there are both keys and a profile; here, the order is defined. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/**
 * The provider of an identity; the same one for whoever asks again, so that a code is typed once.
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-authentication.html
 */
export function openCredentials(options: CredentialsOptions) {
  const known = new Map<string, Promise<Provider>>();
  return (identity: Identity, clients: CredentialClients): Promise<Provider> => {
    const key = JSON.stringify([identity.profile, identity.roleArn, identity.externalId]);
    const provider = known.get(key) ?? providerOf(identity, clients, options);
    known.set(key, provider);
    return provider;
  };
}

async function providerOf(
  { profile, roleArn, externalId }: Identity,
  clients: CredentialClients,
  { env, ask, applyToStack }: CredentialsOptions,
): Promise<Provider> {
  const { fromEnv, fromNodeProviderChain, fromTemporaryCredentials } = await import('./credentials.js');
  const mfaCodeProvider = (serial: string) => codeOf(serial, profile ?? env.AWS_PROFILE ?? 'default', ask);
  const { requestHandler } = clients;
  const chain = { profile, mfaCodeProvider, logger: SILENT, clientConfig: requestHandler && { requestHandler } };
  const hasKeys = Boolean(env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY);
  const own = profile === undefined && hasKeys ? fromEnv() : fromNodeProviderChain(chain);
  if (roleArn === undefined) return own;
  return fromTemporaryCredentials({
    params: { RoleArn: roleArn, RoleSessionName: 'sagemaker-fs', ExternalId: externalId },
    masterCredentials: own,
    clientConfig: { ...clients, profile },
    clientPlugins: [{ applyToStack } as never],
  });
}

async function codeOf(serial: string, profile: string, ask: CredentialsOptions['ask']): Promise<string> {
  if (!ask) {
    throw new RefusedError(
      `Profile ${profile} asks for the code of ${serial} (mfa_serial), and there is no terminal to type it on: put keys of \`aws sts get-session-token --token-code\` into the environment.`,
    );
  }
  const code = await ask(`Code of ${serial}: `);
  if (code === '') throw new RefusedError(`No code of ${serial} was typed: nothing was done.`);
  return code;
}
