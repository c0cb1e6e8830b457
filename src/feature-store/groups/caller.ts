/** Who is calling, as STS says. */
import type { Clients } from '../../config.js';

/**
 * No policy can deny it.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export async function callerIdentity(aws: Pick<Clients, 'sts'>, abortSignal: AbortSignal) {
  const [client, { GetCallerIdentityCommand }] = await Promise.all([aws.sts(), import('../../sdk/sts.js')]);
  return client.send(new GetCallerIdentityCommand({}), { abortSignal });
}

/** Without the patience of bulk work: networks without a way to STS are common, and nobody is to wait for one. */
export const impatient = (aws: Clients): Clients => aws.elsewhere({ retryFor: undefined });
