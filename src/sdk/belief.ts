/** Makes an SDK client accept only its service's own answers, never wait for ever, and send nothing once it is closed. */
import { Readable } from 'node:stream';
import { ForeignAnswer, strangePage } from '../errors.js';
import { isHtml, isStreamed, statusInside, whatCameInstead } from './answers.js';
import { ANSWER_LIMITS, inTime } from './limits.js';
import { operationOf, type Stack } from '../utils/stack.js';

interface RawResponse {
  statusCode: number;
  headers: Record<string, string>;
  body?: unknown;
}

type Next = (args: unknown) => Promise<{ response: RawResponse }>;

/** Client options: how long to wait for a connection, for an answer to begin, and for the next bytes of it. */
export const TIME_LIMITS = {
  connectionTimeout: 10_000,
  requestTimeout: 60_000,
  socketTimeout: 60_000,
  throwOnRequestTimeout: true,
};
/** For S3, where an upload or copy may take minutes: only silence counts. */
export const SILENCE_LIMITS = { connectionTimeout: 10_000, socketTimeout: 120_000 };

/** Looks at each raw answer before the SDK does, which tries again after a ForeignAnswer as after a 503. */
export function believeOnlyItsService(client: Stack, isClosed: () => boolean): void {
  const middleware = (next: Next, context: { commandName?: string }) => async (args: unknown) => {
    if (isClosed()) throw closed();
    const result = await next(args);
    const operation = operationOf(context);
    const { response } = result;
    const streamed = isStreamed(operation) && response.statusCode < 300;
    const body = streamed ? Buffer.alloc(0) : await whole(response.body, operation);
    const answer = { status: response.statusCode, headers: response.headers, body };
    const instead = whatCameInstead(operation, answer);
    if (instead !== undefined) {
      if (streamed && response.body instanceof Readable) response.body.destroy();
      if (!isHtml(answer)) throw new ForeignAnswer(operation, instead);
      const strange = strangePage(response.statusCode, response.headers);
      throw new ForeignAnswer(operation, strange.instead ?? instead, { isPage: true, todo: strange.todo });
    }
    response.statusCode = statusInside(operation, answer) ?? response.statusCode;
    if (!streamed) response.body = Readable.from(body.length > 0 ? [body] : []);
    return result;
  };
  const onward = (next: NextPage, context: { commandName?: string }) => async (args: { input: Fields }) => {
    const result = await next(args);
    const operation = operationOf(context);
    if (isCircle(args.input, result.output)) throw new ForeignAnswer(operation, 'the same page again as the next one');
    if (isCutShort(result.output)) throw new ForeignAnswer(operation, 'a page that does not name the next one');
    return result;
  };
  // Inside the SDK's retries, after the answer has been parsed.
  client.middlewareStack.add(onward, { step: 'deserialize', priority: 'high', name: 'sagemakerFsPages' });
  // Next to the request handler, inside the SDK's retries and its deserializer.
  client.middlewareStack.add(middleware, { step: 'deserialize', priority: 'low', name: 'sagemakerFsBelief' });
}

type Fields = Record<string, unknown>;
type NextPage = (args: { input: Fields }) => Promise<{ output: Fields }>;

/** The members that name the requested page in a call, and the next page in an answer. */
const PAGE_TOKENS: [asked: string[], next: string[]][] = [
  [['NextToken'], ['NextToken']],
  [['ContinuationToken'], ['NextContinuationToken']],
  [
    ['KeyMarker', 'VersionIdMarker'],
    ['NextKeyMarker', 'NextVersionIdMarker'],
  ],
];

/** Whether an answer names the requested page as the next one, which would never end. */
export function isCircle(input: Fields, output: Fields): boolean {
  return PAGE_TOKENS.some(
    ([asked, next]) =>
      asked.some((name) => input[name] !== undefined) && asked.every((name, at) => input[name] === output[next[at]!]),
  );
}

/** Whether an S3 listing says that there is more, but not where: it would look complete. */
const isCutShort = ({ IsTruncated, ...output }: Fields): boolean =>
  IsTruncated === true && !output.NextContinuationToken && !output.NextKeyMarker;

/** The error for calls on a closed client. */
export function closed(): Error {
  return Object.assign(new Error('The client is closed'), { name: 'AbortError', code: 'ABORT_ERR' });
}

/** @throws what breaks the body off; ForeignAnswer for more bytes than any answer has */
async function whole(body: unknown, operation: string): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body as Uint8Array);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of inTime(body as Readable)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > ANSWER_LIMITS.bytes) throw new ForeignAnswer(operation, 'more bytes than an answer can have');
  }
  return chunks.length === 1 ? Buffer.from(chunks[0]!) : Buffer.concat(chunks);
}
