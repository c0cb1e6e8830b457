/**
 * Single calls, sent without even loading the client of the SDK where that is possible: with keys from the environment,
 * and an endpoint known in advance (plain-way.ts). The client sends all others, and interprets every answer that is not
 * a complete success, as its own first attempt.
 */
import type { Network } from '../network/index.js';
import { callLine } from '../sdk/observe.js';
import type { PatienceByOperation } from '../sdk/patient-client.js';
import { openExchange } from './exchange.js';
import { hotCallOf, type HotCall, type HotName, type InputOf, type OutputOf } from './hot-calls.js';
import { plainWays, type PlainOptions, type PlainWays, type Service } from './plain-way.js';
import { openLearner, replay, type SdkClient, type SdkCommand } from './sdk-template.js';
import type { Way } from './way.js';

export interface DirectOptions {
  /** The client of a service; with `patience`, the one of the control plane sends each call once. */
  client(service: Service): Promise<unknown>;
  /** For control plane calls; those of the online store have the three attempts of the SDK. */
  patience?: PatienceByOperation;
  /** Undefined where only the SDK knows how to send a call. */
  plain?: PlainOptions;
  network?: Network;
  trace?: (line: string) => void;
}

export interface SendOptions {
  abortSignal?: AbortSignal;
}

export type DirectCalls = ReturnType<typeof openDirectCalls>;

/** The commands of the SDK, named like the operation plus `Command`. */
const COMMANDS = {
  SageMaker: () => import('../sdk/sagemaker.js'),
  SageMakerFeatureStoreRuntime: () => import('../sdk/featurestore-runtime.js'),
};

/** Calls of both services. Connects, and loads the SDK, only when needed. */
export function openDirectCalls(options: DirectOptions) {
  const wayOf = options.plain && plainWays(options.plain, options.network);
  const control = openService('SageMaker', options, wayOf);
  const online = openService('SageMakerFeatureStoreRuntime', options, wayOf);
  const { patience } = options;
  return {
    /** Sends a call like the client, with the same errors. */
    async call<Name extends HotName>(name: Name, input: InputOf<Name>, { abortSignal }: SendOptions = {}) {
      const isOfControlPlane = /FeatureGroups?$/.test(name);
      const send = () => (isOfControlPlane ? control : online).send(name, input, abortSignal);
      const output = patience && isOfControlPlane ? patience.attempt(name, send) : send();
      return (await output) as OutputOf<Name>;
    },
    /** How far the clock of the control plane is ahead of this machine's, in milliseconds, as far as calls have shown. */
    clockOffset: control.clockOffset,
    /** Closes the connections; the clients stay open. */
    destroy() {
      control.destroy();
      online.destroy();
    },
  };
}

function openService(service: Service, { client, patience, network, trace }: DirectOptions, wayOf?: PlainWays) {
  const maxAttempts = patience && service === 'SageMaker' ? 1 : SDK_ATTEMPTS;
  const known = wayOf?.(service, maxAttempts);
  const exchange = openExchange(network);
  let loaded: SdkClient | undefined;
  let isFirst = true;
  const learn = openLearner(network);
  const clockOffset = () => loaded?.config.systemClockOffset ?? 0;

  async function sdk(name: HotName, input: object): Promise<{ client: SdkClient; command: SdkCommand }> {
    const [instance, commands] = await Promise.all([client(service), COMMANDS[service]()]);
    loaded = instance as SdkClient;
    const Command = (commands as unknown as Record<string, new (input: object) => SdkCommand>)[`${name}Command`]!;
    return { client: loaded, command: new Command(input) };
  }

  /** Asks the SDK how to send calls, from the second call on; for a single one, it would be no faster. */
  async function learnt(name: HotName, call: HotCall, input: object): Promise<Way | undefined> {
    if (isFirst) {
      isFirst = false;
      return undefined;
    }
    const { client, command } = await sdk(name, input);
    const template = await learn({ client, command, call });
    return template && { template, credentials: () => client.config.credentials() };
  }

  async function send(name: HotName, input: object, abortSignal?: AbortSignal): Promise<unknown> {
    const call = hotCallOf(name, input as never);
    const way = call && (known ?? (await learnt(name, call, input)));
    if (!way) {
      const { client, command } = await sdk(name, input);
      return client.send(command, { abortSignal });
    }
    const started = performance.now();
    const now = Date.now() + clockOffset();
    const outgoing = { call, template: way.template, credentials: await way.credentials(), now, signal: abortSignal };
    const answer = await exchange.send(outgoing).catch((error: Error) => error);
    const output = answer instanceof Error ? undefined : call.read(answer);
    if (output) {
      trace?.(callLine(`${call.operation} ok`, started, output));
      return output;
    }
    if (answer instanceof Error && (abortSignal?.aborted || answer.name === 'AbortError')) throw answer;
    return replay({ ...(await sdk(name, input)), answer, abortSignal });
  }

  return { send, clockOffset, destroy: () => exchange.destroy() };
}

const SDK_ATTEMPTS = 3;
