/**
 * The hot calls without the overhead of the SDK: plain JSON and our own SigV4 over kept-alive connections, at a quarter
 * of the CPU. The client of the SDK still provides credentials, region, endpoint, headers and errors, and sends all
 * other calls itself.
 */
import {
  BatchGetRecordCommand,
  BatchWriteRecordCommand,
  DeleteRecordCommand,
  ListRecordsCommand,
  PutRecordCommand,
  type SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { watchClock } from '../sdk/clock.js';
import type { DirectOptions, SendOptions } from './direct.js';
import { openExchange } from './exchange.js';
import { hotCallOf, type HotCall, type HotName } from './hot-calls.js';
import { openLearner, replay, type SdkClient, type SdkCommand } from './sdk-template.js';
import type { Template } from './way.js';

/** What bulk work needs of a client: its `send`. */
export type RuntimeCalls = Pick<SageMakerFeatureStoreRuntimeClient, 'send'>;

/** The calls of bulk work; single calls go through direct.ts. */
const NAMES = new Map<unknown, HotName>([
  [BatchGetRecordCommand, 'BatchGetRecord'],
  [BatchWriteRecordCommand, 'BatchWriteRecord'],
  [DeleteRecordCommand, 'DeleteRecord'],
  [ListRecordsCommand, 'ListRecords'],
  [PutRecordCommand, 'PutRecord'],
]);

/**
 * Sends like the client, but each call once: bulk callers retry by themselves (utils/patience/patience.ts). If the
 * client does something that cannot be copied (a custom request handler, another kind of signature), it sends all calls
 * itself.
 * @param runtime created with `maxAttempts: 1`; it only accepts answers of its own service (sdk/belief.ts)
 * @param way.trace receives a line per call, and one that tells how calls are sent
 * @param way.network whose agents the client uses, where the environment names a proxy or certificates
 */
export function openFastCalls(
  runtime: SageMakerFeatureStoreRuntimeClient,
  { trace, network }: Pick<DirectOptions, 'trace' | 'network'> = {},
) {
  const client = runtime as unknown as SdkClient;
  const exchange = openExchange(network);
  const learn = openLearner(network, (template) =>
    trace?.(template ? `Hot calls: plain HTTP to ${template.origin}.` : 'Hot calls: through the SDK.'),
  );

  async function send(command: SdkCommand, options: SendOptions = {}): Promise<unknown> {
    const name = NAMES.get(command.constructor);
    const call = name && hotCallOf(name, command.input as never);
    const template = call && (await learn({ client, command, call }));
    if (!call || !template) return client.send(command, options);
    for (let isLast = false; ; isLast = true) {
      const isOfClock = watchClock(client);
      try {
        return await sendOnce({ command, call, template }, options);
      } catch (error) {
        // The rejection carried the time at AWS; with the clock corrected, the call deserves another try.
        if (!isOfClock(error) || isLast) throw error;
      }
    }
  }

  async function sendOnce({ command, call, template }: Sending, { abortSignal }: SendOptions): Promise<unknown> {
    const started = trace && performance.now();
    const { credentials, systemClockOffset } = client.config;
    const signed = { credentials: await credentials(), now: Date.now() + systemClockOffset };
    const answer = await exchange
      .send({ call, template, ...signed, signal: abortSignal })
      .catch((error: Error) => error);
    const output = answer instanceof Error ? undefined : call.read(answer);
    if (!output) return replay({ client, command, answer });
    if (started) trace?.(`${call.operation} ok 200 ${(performance.now() - started).toFixed(0)} ms, plain HTTP`);
    return output;
  }

  return {
    send: send as unknown as RuntimeCalls['send'],
    /** Closes the connections; the client stays open. */
    destroy: () => exchange.destroy(),
  };
}

interface Sending {
  command: SdkCommand;
  call: HotCall;
  template: Template;
}
