/** Who is calling, as STS says. */
import type { Clients } from '../../config.js';

/** For what a plan can do without. */
const MAX_WAIT_MS = 5_000;

/**
 * No policy can deny it.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export async function callerIdentity(aws: Pick<Clients, 'sts'>, abortSignal: AbortSignal) {
  const [client, { GetCallerIdentityCommand }] = await Promise.all([aws.sts(), import('../../sdk/sts.js')]);
  return client.send(new GetCallerIdentityCommand({}), { abortSignal });
}

/**
 * As `callerIdentity`, without the patience of bulk work: networks without a way to STS are common, and nobody is to wait for one.
 * @returns what went wrong as an error, unless `signal` is aborted
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
