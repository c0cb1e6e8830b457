/** The identity of the caller, from STS. */
import type { Clients } from '../../config.js';

/** A plan works without the name of the caller, so do not wait long for it. */
const MAX_WAIT_MS = 5_000;

/**
 * Needs no permission, and no policy can deny it.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export async function callerIdentity(aws: Pick<Clients, 'sts'>, abortSignal: AbortSignal) {
  const [client, { GetCallerIdentityCommand }] = await Promise.all([aws.sts(), import('../../sdk/sts.js')]);
  return client.send(new GetCallerIdentityCommand({}), { abortSignal });
}

/**
 * As `callerIdentity`, but with a short timeout and without `--retry-for`: many networks have no route to STS.
 * @returns failures as an error, unless `signal` is aborted
 */
export async function callerIdentitySoon(aws: Clients, signal: AbortSignal) {
  const enough = AbortSignal.timeout(MAX_WAIT_MS);
  try {
    return await callerIdentity(aws.elsewhere({ retryFor: undefined }), AbortSignal.any([signal, enough]));
  } catch (error) {
    signal.throwIfAborted();
    return enough.aborted ? new Error(`STS did not answer within ${MAX_WAIT_MS / 1000} s.`) : (error as Error);
  }
}
