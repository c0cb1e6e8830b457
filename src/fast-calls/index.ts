/**
 * The hot calls without the SDK's price: plain JSON and our own SigV4 over a kept-alive connection, at a quarter of the CPU.
 * The SDK client stays the owner of credentials, region, endpoint, headers and errors, and sends every other call itself.
 */
import type { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { Network } from '../network/index.js';
import { openExchange } from './exchange.js';
import { hotCallOf, type HotCall, type HotCommand } from './hot-calls.js';
import { watchClock } from '../sdk/clock.js';
import { learnTemplate, replay, type Template } from './sdk-template.js';
import { openSigner } from './sigv4.js';

/** What bulk work needs of a client: the SDK's own `send`. */
export type RuntimeCalls = Pick<SageMakerFeatureStoreRuntimeClient, 'send'>;

export interface FastCalls extends RuntimeCalls {
  /** Closes the connections; the client stays open. */
  destroy(): void;
}

export interface Way {
  trace?: (line: string) => void;
  network?: Network;
}

interface SendOptions {
  abortSignal?: AbortSignal;
}

/**
 * Sends as the client does, but each call once: nothing is retried here, for whoever works in bulk has the patience
 * (utils/patience.ts says where each retry lives). Where the client does what cannot be copied (a request
 * handler of its own, another kind of signature) every call is the client's.
 * @param client made with `maxAttempts: 1`; it believes its service's own answers alone (sdk/belief.ts)
 * @param way.trace receives one line for each call, and one that tells which of the two ways is taken
 * @param way.network whose agents the client has, where the environment names a proxy or certificates
 */
export function openFastCalls(client: SageMakerFeatureStoreRuntimeClient, { trace, network }: Way = {}): FastCalls {
  const exchange = openExchange(network);
  const sign = openSigner();
  let learning: Promise<Template | undefined> | undefined;

  async function learn(command: HotCommand): Promise<Template | undefined> {
    const template = await learnTemplate(client, command, network);
    trace?.(template ? `Hot calls: plain HTTP to ${template.origin}.` : 'Hot calls: through the SDK.');
    return template;
  }

  /** A failed lesson (no credentials, no region) is this call's error, and is tried again with the next. */
  function templateFor(command: HotCommand): Promise<Template | undefined> {
    learning ??= learn(command).catch((error: unknown) => {
      learning = undefined;
      throw error;
    });
    return learning;
  }

  async function send(command: HotCommand, options: SendOptions = {}): Promise<unknown> {
    const call = hotCallOf(command);
    const template = call && (await templateFor(command));
    if (!call || !template) return client.send(command as never, options);
    const isOfClock = watchClock(client);
    try {
      return await sendOnce({ command, call, template }, options);
    } catch (error) {
      // The refusal told the SDK what time it is at AWS; with the clock set right, the call deserves another chance.
      if (!isOfClock(error)) throw error;
      const isOfClockAgain = watchClock(client);
      return sendOnce({ command, call, template }, options).catch((second: unknown) => {
        isOfClockAgain(second);
        throw second;
      });
    }
  }

  async function sendOnce({ command, call, template }: Sending, { abortSignal }: SendOptions): Promise<unknown> {
    const started = trace && performance.now();
    const { credentials, systemClockOffset } = client.config;
    // The client's provider remembers credentials, and renews them before they expire.
    const head = sign({ call, template, credentials: await credentials(), now: Date.now() + systemClockOffset });
    const answer = await exchange.send({ call, template, head, signal: abortSignal }).catch((error: Error) => error);
    const output = answer instanceof Error ? undefined : call.read(answer);
    if (!output) return replay({ client, command, answer });
    if (started) trace?.(`${call.operation} ok 200 ${(performance.now() - started).toFixed(0)} ms, plain HTTP`);
    return output;
  }

  return { send: send as unknown as RuntimeCalls['send'], destroy: () => exchange.destroy() };
}

interface Sending {
  command: HotCommand;
  call: HotCall;
  template: Template;
}
