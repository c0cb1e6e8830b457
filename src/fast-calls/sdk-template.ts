/**
 * What the SDK would do: how it addresses, heads and signs a call, learnt from one that is caught before it leaves; and
 * what it makes of an answer, learnt by handing it the answer as if it had come to the SDK.
 */
import type { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { Readable } from 'node:stream';
import type { Network } from '../network/index.js';
import type { Answer, HotCommand } from './hot-calls.js';

type Client = SageMakerFeatureStoreRuntimeClient;

/** What all calls of a client have in common. */
export interface Template {
  protocol: 'http:' | 'https:';
  hostname: string;
  port: number | undefined;
  /** The endpoint's own path, without a slash at its end. */
  basePath: string;
  /** For messages: `https://host:port/path`. */
  origin: string;
  /** Of every call, lower case; without those that are new for each. */
  headers: Record<string, string>;
  /** Of the credential scope. */
  region: string;
  service: string;
}

/** Headers that each call has its own of. */
const OWN_HEADERS = new Set([
  'authorization',
  'content-length',
  'content-type',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
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
  client: Client,
  command: HotCommand,
  network?: Network,
): Promise<Template | undefined> {
  if (!isPlainHandler(client.config.requestHandler, network)) return undefined;
  let caught: SdkRequest | undefined;
  const probe = copyOf(command);
  intercept(probe, (request) => {
    caught = request;
    throw new Caught();
  });
  await client.send(probe as never).catch((error: unknown) => {
    if (!(error instanceof Caught)) throw error;
  });
  const template = caught && templateOf(caught);
  return template && network?.relayOf(template) ? undefined : template;
}

/** Carries a caught request out of the SDK; no retry strategy takes it for a failure that passes. */
class Caught extends Error {}

/** Node's own HTTP with agents of the SDK's making, or of the network's; anything else (HTTP/2, the embedded store) is not. */
function isPlainHandler(
  handler: { metadata?: { handlerProtocol?: string }; externalAgent?: boolean },
  network: Network | undefined,
): boolean {
  return handler.metadata?.handlerProtocol === 'http/1.1' && (network !== undefined || handler.externalAgent !== true);
}

function templateOf(request: SdkRequest): Template | undefined {
  const { protocol, hostname, port, path, username } = request;
  const [, region, service] = SIGV4.exec(request.headers.authorization ?? '') ?? [];
  const operationPath = /\/(?:BatchWriteRecord|BatchGetRecord|FeatureGroup\/[^/]+(?:\/ListRecords)?)$/.exec(path);
  if (!region || !service || !operationPath || username !== undefined) return undefined;
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  const headers = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const basePath = path.slice(0, operationPath.index);
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
 * Hands the SDK an answer (or the failure to get one), and returns or throws what it makes of it. It also sets the
 * client's clock by the answer's date.
 */
export async function replay({ client, command, answer }: Replayed): Promise<unknown> {
  const copy = copyOf(command);
  intercept(copy, () => {
    if (answer instanceof Error) throw answer;
    const { status: statusCode, headers, body, broken } = answer;
    return { response: { statusCode, headers, body: Readable.from(chunksOf(body, broken)) } };
  });
  return client.send(copy as never);
}

// Only a generator can fail behind what it has yielded.
// eslint-disable-next-line @typescript-eslint/require-await
async function* chunksOf(body: Buffer, broken: Error | undefined): AsyncGenerator<Buffer> {
  if (body.length > 0) yield body;
  if (broken) throw broken;
}

interface Replayed {
  client: Client;
  command: HotCommand;
  answer: Answer | Error;
}

/** Interceptions stick to a command, so each goes to a copy. */
function copyOf(command: HotCommand): HotCommand {
  const Command = command.constructor as new (input: object) => HotCommand;
  return new Command(command.input);
}

/** Runs last: the request is built and signed, and only the request handler is left. */
function intercept(command: HotCommand, answer: (request: SdkRequest) => object): void {
  const middleware = () => (args: { request: SdkRequest }) =>
    Promise.resolve(args).then(({ request }) => answer(request));
  const stack = command.middlewareStack as unknown as { add(middleware: unknown, place: object): void };
  stack.add(middleware, { step: 'deserialize', priority: 'low', name: 'sagemakerFsInterception' });
}
