/**
 * Copies what the SDK does: how it addresses, builds and signs a call, learnt by intercepting one before it is sent;
 * and how it interprets an answer, by handing it that answer.
 */
import { Readable } from 'node:stream';
import type { Network } from '../network/index.js';
import type { SdkRequest } from '../network/relay.js';
import type { Stack } from '../utils/stack.js';
import type { Answer, HotCall } from './hot-calls.js';
import { templateAt, type Credentials, type Template } from './way.js';

/** What we need of a client of the SDK. */
export interface SdkClient {
  send(command: SdkCommand, options?: object): Promise<unknown>;
  config: {
    /** Caches credentials, and refreshes them before they expire. */
    credentials(): Promise<Credentials>;
    systemClockOffset: number;
    requestHandler: { metadata?: { handlerProtocol?: string }; externalAgent?: boolean };
  };
}

/** What we need of a command of the SDK. */
export interface SdkCommand extends Stack {
  input: object;
}

/** Headers that differ for each call. */
const OWN_HEADERS = new Set([
  'authorization',
  'content-length',
  'content-type',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-target',
  'amz-sdk-invocation-id',
]);
const SIGV4 = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,/;

/** Learns the template with the first call, and keeps it. A failure is forgotten: the next call learns again. */
export function openLearner(network?: Network, learnt: (template: Template | undefined) => void = () => {}) {
  let learning: Promise<Template | undefined> | undefined;
  async function learn(from: Lesson): Promise<Template | undefined> {
    const template = await learnTemplate(from, network);
    learnt(template);
    return template;
  }
  return (from: Lesson) =>
    (learning ??= learn(from).catch((error: unknown) => {
      learning = undefined;
      throw error;
    }));
}

/**
 * Has the SDK build the request of a command, without sending it.
 * @returns undefined where the client does something that a plain request would not
 * @throws errors of the SDK: no credentials, no region
 */
export async function learnTemplate(
  { client, command, call }: Lesson,
  network?: Network,
): Promise<Template | undefined> {
  if (!isPlainHandler(client.config.requestHandler, network)) return undefined;
  let caught: SdkRequest | undefined;
  const probe = copyOf(command);
  intercept(probe, (request) => {
    caught = request;
    throw new Caught();
  });
  await client.send(probe).catch((error: unknown) => {
    if (!(error instanceof Caught)) throw error;
  });
  const template = caught && templateOf(caught, call);
  return template && network?.relayOf(template) ? undefined : template;
}

interface Lesson {
  client: SdkClient;
  command: SdkCommand;
  /** The same call, as we would send it. */
  call: HotCall;
}

/** Carries an intercepted request out of the SDK; no retry strategy takes it for a transient failure. */
class Caught extends Error {}

/** Whether the handler is Node's HTTP with agents of the SDK or the network, not HTTP/2 or the embedded store. */
function isPlainHandler(handler: SdkClient['config']['requestHandler'], network: Network | undefined): boolean {
  return handler.metadata?.handlerProtocol === 'http/1.1' && (network !== undefined || handler.externalAgent !== true);
}

function templateOf(request: SdkRequest, call: HotCall): Template | undefined {
  const { protocol, hostname, port, path, username } = request;
  const [, region, service] = SIGV4.exec(request.headers.authorization ?? '') ?? [];
  if (!region || !service || !path.endsWith(call.path) || username !== undefined) return undefined;
  const headers = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const own = Object.fromEntries(headers.filter(([name]) => !OWN_HEADERS.has(name)));
  const basePath = path.slice(0, -call.path.length);
  return templateAt({ protocol, hostname, port, basePath }, { headers: own, region, service });
}

/**
 * Hands the SDK an answer (or the failure to get one) as that of its first attempt, and returns or throws the result;
 * any further attempts are its own. It also corrects the clock of the client by the date of the answer.
 */
export async function replay({ client, command, answer, abortSignal }: Replayed): Promise<unknown> {
  const copy = copyOf(command);
  let isTold = false;
  intercept(copy, () => {
    if (isTold) return undefined;
    isTold = true;
    if (answer instanceof Error) throw answer;
    const { status: statusCode, headers, body, broken } = answer;
    return { response: { statusCode, headers, body: Readable.from(chunksOf(body, broken)) } };
  });
  return client.send(copy, { abortSignal });
}

// Only a generator can fail behind what it has yielded.
// eslint-disable-next-line @typescript-eslint/require-await
async function* chunksOf(body: Buffer, broken: Error | undefined): AsyncGenerator<Buffer> {
  if (body.length > 0) yield body;
  if (broken) throw broken;
}

interface Replayed {
  client: SdkClient;
  command: SdkCommand;
  answer: Answer | Error;
  abortSignal?: AbortSignal;
}

/** An interception stays with its command, so each goes to a copy. */
function copyOf(command: SdkCommand): SdkCommand {
  const Command = command.constructor as new (input: object) => SdkCommand;
  return new Command(command.input);
}

type Next = (args: { request: SdkRequest }) => Promise<object>;

/** Runs last, on the signed request, in place of the request handler, which is used if there is no answer. */
function intercept(command: SdkCommand, answer: (request: SdkRequest) => object | undefined): void {
  const middleware = (next: Next) => (args: { request: SdkRequest }) =>
    Promise.resolve(args).then(({ request }) => answer(request) ?? next(args));
  command.middlewareStack.add(middleware, { step: 'deserialize', priority: 'low', name: 'sagemakerFsInterception' });
}
