/** Parses HTTP/1.1 answers from chunks of any size. Pure. */
import { ANSWER_LIMITS } from '../sdk/limits.js';
import type { Answer } from './hot-calls.js';

/** The limit of node:http. */
const MAX_HEAD_BYTES = 16 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: |$)/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;

export interface Received {
  answer: Answer;
  reusable: boolean;
}

export type AnswerReader = ReturnType<typeof openAnswerReader>;

interface Head {
  status: number;
  headers: Record<string, string>;
  keepAlive: boolean;
}

/** Reads a body; `take` returns undefined until the body ends, then the number of bytes used of the last chunk. */
interface BodyReader {
  take(bytes: Buffer): number | undefined;
  endsWithConnection?: boolean;
}

/** Reads one answer. @see https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
export function openAnswerReader() {
  let held: Buffer | undefined;
  let head: Head | undefined;
  let body: BodyReader | undefined;
  const parts: Buffer[] = [];

  function received(reusable: boolean, broken?: Error): Received {
    const { status, headers } = head!;
    const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    return { answer: { status, headers, body: whole, broken }, reusable: reusable && head!.keepAlive };
  }

  /** Returns what follows the head, once the head is complete. */
  function takeHead(bytes: Buffer): Buffer | undefined {
    held = held ? Buffer.concat([held, bytes]) : bytes;
    const end = held.indexOf(HEAD_END);
    if (end > MAX_HEAD_BYTES || (end === -1 && held.length > MAX_HEAD_BYTES)) throw malformed('The head is too long');
    if (end === -1) return undefined;
    head = parseHead(held.toString('latin1', 0, end));
    const rest = held.subarray(end + HEAD_END.length);
    held = undefined;
    if (head.status === 101) throw malformed('The server switches to a protocol that nobody asked for');
    // An interim answer (1xx); the final one follows.
    if (head.status < 200) return takeHead(rest);
    body = bodyReader(head, parts);
    return rest;
  }

  return {
    /** Takes a chunk; returns the answer once whole. @throws Error (HPE_…) for what is not HTTP/1.1, or never ends */
    take(bytes: Buffer): Received | undefined {
      const rest = body ? bytes : takeHead(bytes);
      const used = rest && body!.take(rest);
      // Unexpected bytes after an answer make the next one unreliable.
      return used === undefined ? undefined : received(used === rest!.length);
    },
    /** The connection was closed: returns the answer so far, if its head has arrived (`broken` if incomplete). */
    close(): Received | undefined {
      if (!body) return undefined;
      return received(false, body.endsWithConnection ? undefined : reset('aborted'));
    },
  };
}

/** An answer that cannot be parsed; the error code is like those of node:http. */
function malformed(message: string): Error {
  return Object.assign(new Error(message), { code: 'HPE_INVALID_ANSWER' });
}

/** A connection closed too early, with the error code of node:http. */
export function reset(message: string): Error {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}

function parseHead(text: string): Head {
  const [statusLine, ...lines] = text.split('\r\n') as [string, ...string[]];
  const [, minor, status] = STATUS_LINE.exec(statusLine) ?? [];
  if (!status) throw malformed('The answer is not HTTP/1.1');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, spelled, value] = HEADER.exec(line) ?? [];
    if (!spelled) throw malformed('The answer has a malformed header');
    const name = spelled.toLowerCase();
    headers[name] = name in headers ? `${headers[name]}, ${value!}` : value!;
  }
  const keepAlive = minor === '1' && !/\bclose\b/i.test(headers.connection ?? '');
  return { status: Number(status), headers, keepAlive };
}

function bodyReader({ status, headers }: Head, parts: Buffer[]): BodyReader {
  const { 'transfer-encoding': encoding, 'content-length': length } = headers;
  if (status === 204 || status === 304) return { take: () => 0 };
  if (encoding !== undefined && length !== undefined) throw malformed('The answer has two lengths');
  if (encoding !== undefined && /^chunked$/i.test(encoding)) return chunkedBody(parts);
  if (length === undefined || encoding !== undefined) return restOfConnection(parts);
  if (!/^\d{1,15}$/.test(length)) throw malformed('The answer has no valid length');
  return bodyOfLength(Number(length), parts);
}

function bodyOfLength(length: number, parts: Buffer[]): BodyReader {
  if (length > ANSWER_LIMITS.bytes) throw malformed('The answer is too long');
  let missing = length;
  return {
    take(bytes) {
      const used = Math.min(bytes.length, missing);
      if (used > 0) parts.push(used === bytes.length ? bytes : bytes.subarray(0, used));
      missing -= used;
      return missing === 0 ? used : undefined;
    },
  };
}

function restOfConnection(parts: Buffer[]): BodyReader {
  let length = 0;
  return {
    take(bytes) {
      length += bytes.length;
      if (length > ANSWER_LIMITS.bytes) throw malformed('The answer is too long');
      parts.push(bytes);
      return undefined;
    },
    endsWithConnection: true,
  };
}

/** Chunked encoding: length line, bytes, line end; an empty line after the last chunk. */
function chunkedBody(parts: Buffer[]): BodyReader {
  let missing = 0;
  let length = 0;
  let line = '';
  let expected: 'length' | 'bytes' | 'end of bytes' | 'trailer' = 'length';

  /** Collects a line; returns the index after it, once it is complete. */
  function takeLine(bytes: Buffer, at: number): number | undefined {
    const end = bytes.indexOf('\n', at);
    line += bytes.toString('latin1', at, end === -1 ? bytes.length : end);
    if (line.length > MAX_HEAD_BYTES) throw malformed('A line of the answer is too long');
    if (end === -1) return undefined;
    if (!line.endsWith('\r')) throw malformed('A line of the answer has no proper end');
    line = line.slice(0, -1);
    return end + 1;
  }

  /** Interprets a complete line; true after the last one. */
  function readLine(): boolean {
    const text = line;
    line = '';
    if (expected === 'trailer') return text === '';
    if (expected === 'end of bytes') {
      if (text !== '') throw malformed('A chunk of the answer is longer than it says');
      expected = 'length';
      return false;
    }
    const [, digits] = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(text) ?? [];
    if (!digits) throw malformed('A chunk of the answer has no valid length');
    missing = parseInt(digits, 16);
    length += missing;
    if (length > ANSWER_LIMITS.bytes) throw malformed('The answer is too long');
    expected = missing === 0 ? 'trailer' : 'bytes';
    return false;
  }

  return {
    take(bytes) {
      let at = 0;
      while (at < bytes.length) {
        if (expected === 'bytes') {
          const end = Math.min(bytes.length, at + missing);
          parts.push(bytes.subarray(at, end));
          missing -= end - at;
          at = end;
          if (missing === 0) expected = 'end of bytes';
          continue;
        }
        const next = takeLine(bytes, at);
        if (next === undefined) return undefined;
        at = next;
        if (readLine()) return at;
      }
      return undefined;
    },
  };
}
