/** From request to answer: selects the service by the SigV4 scope, injects faults, formats errors. */
import { randomUUID } from 'node:crypto';
import { openFaultGate } from './faults.js';
import type { Caller } from './operation.js';
import type { Protocol } from './protocols/protocol.js';
import { ServiceError } from './service-error.js';
import { serviceOf } from './services.js';
import { heedCommitFailure } from '../store/core.js';
import type { Store } from '../store/store.js';

const DEFAULT_REGION = 'us-east-1';

/** @param onBug called with every thrown error that is not an answer of the service; the caller gets a 500 */
export function openRouter(store: Store, onBug: (error: unknown) => void) {
  const gate = openFaultGate(store.faults);

  async function respond(protocol: Protocol, request: Request, caller: Caller): Promise<Response> {
    try {
      const call = await protocol.read(request, store, caller);
      await gate.pass({ ...call, accountId: caller.accountId, signal: request.signal });
      // lmdb reuses read snapshots for a while; make commits of other processes visible.
      store.env.resetReadTxn();
      return await call.run();
    } catch (error) {
      heedCommitFailure(error);
      if (request.signal.aborted) throw error;
      if (error instanceof ServiceError) return protocol.error(error, caller, request);
      onBug(error);
      const failure = new ServiceError('InternalFailure', 'Internal server error', { status: 500 });
      return protocol.error(failure, caller, request);
    }
  }

  return {
    /**
     * Answers a request like the service; rejects only for an aborted request.
     * @param target raw path and query, where known; `Request.url` resolves `..` away
     */
    async answer(request: Request, target = targetOf(request)): Promise<Response> {
      const scope = scopeOf(request, target);
      const caller: Caller = {
        region: scope?.region ?? DEFAULT_REGION,
        accountId: store.accountId,
        requestId: randomUUID(),
        target,
      };
      const response = await respond(await serviceOf(request, scope?.service, target), request, caller);
      response.headers.set('x-amzn-RequestId', caller.requestId);
      return response;
    },
  };
}

function targetOf(request: Request): string {
  const { pathname, search } = new URL(request.url);
  return pathname + search;
}

interface Scope {
  region: string;
  service: string;
}

/** `AKID/20261123/us-east-1/sagemaker/aws4_request`, from the header or from a presigned query. */
function scopeOf(request: Request, target: string): Scope | undefined {
  const presigned = /[?&]X-Amz-Credential=([^&]+)/i.exec(target)?.[1];
  const credential = request.headers.get('authorization') ?? (presigned && decodeURIComponent(presigned));
  const scope = /(?:Credential=|^)[^/]+\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(credential ?? '');
  return scope ? { region: scope[1]!, service: scope[2]! } : undefined;
}
