/**
 * What the SDK would do: how it addresses, heads and signs a call, learnt from one that is caught before it leaves; and
 * what it makes of an answer, learnt by handing it the answer as if it had come to the SDK.
 */
import { Readable } from 'node:stream';
import type { Network } from '../network/index.js';
import type { Answer, HotCall } from './hot-calls.js';
import type { Credentials, Template } from './way.js';

/** What is needed of a client of the SDK. */
export interface SdkClient {
  send(command: SdkCommand, options?: object): Promise<unknown>;
  config: {
    /** Remembers credentials, and renews them before they expire. */
    credentials(): Promise<Credentials>;
    systemClockOffset: number;
    requestHandler: { metadata?: { handlerProtocol?: string }; externalAgent?: boolean };
  };
}

/** What is needed of a command of the SDK. */
export interface SdkCommand {
  input: object;
  middlewareStack: { add(middleware: unknown, place: object): void };
}

/** Headers that each call has its own of. */
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

interface SdkRequest {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  username?: string;
  headers: Record<string, string>;
}

/**
 * Builds the command's request as the SDK would send it, and sends nothing.
 * @returns undefined where the client does what a plain request would not do the same.
 * @throws the SDK's errors: no credentials, no region.
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
  /** The same, as we would send it. */
  call: HotCall;
}

/** Carries a caught request out of the SDK; no retry strategy takes it for a failure that passes. */
class Caught extends Error {}

/** Node's own HTTP with agents of the SDK's making, or of the network's; anything else (HTTP/2, the embedded store) is not. */
function isPlainHandler(handler: SdkClient['config']['requestHandler'], network: Network | undefined): boolean {
  return handler.metadata?.handlerProtocol === 'http/1.1' && (network !== undefined || handler.externalAgent !== true);
}

function templateOf(request: SdkRequest, call: HotCall): Template | undefined {
  const { protocol, hostname, port, path, username } = request;
  const [, region, service] = SIGV4.exec(request.headers.authorization ?? '') ?? [];
  if (!region || !service || !path.endsWith(call.path) || username !== undefined) return undefined;
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  const headers = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const basePath = path.slice(0, -call.path.length);
  return {
    protocol,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    basePath,
    origin: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${basePath}`,
    headers: Object.fromEntries(headers.filter(([name]) => !OWN_HEADERS.has(name))),
    region,
    service,
  };
}

/**
 * Hands the SDK an answer (or the failure to get one) as that of its first attempt, and returns or throws what it makes of
 * it: further attempts, where the client makes any, are its own. It also sets the client's clock by the answer's date.
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

/** Interceptions stick to a command, so each goes to a copy. */
function copyOf(command: SdkCommand): SdkCommand {
  const Command = command.constructor as new (input: object) => SdkCommand;
  return new Command(command.input);
}

type Next = (args: { request: SdkRequest }) => Promise<object>;

/** Runs last: the request is built and signed, and only the request handler is left, which sends it where there is no answer. */
function intercept(command: SdkCommand, answer: (request: SdkRequest) => object | undefined): void {
  const middleware = (next: Next) => (args: { request: SdkRequest }) =>
    Promise.resolve(args).then(({ request }) => answer(request) ?? next(args));
  command.middlewareStack.add(middleware, { step: 'deserialize', priority: 'low', name: 'sagemakerFsInterception' });
}
