/** One request on its way through the fault proxy, and what a kind of fault may do with it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';

export interface ProxiedRequest {
  /** `BatchWriteRecord`, `DescribeFeatureGroup`, `S3 PUT`, … */
  operation: string;
  service: 'runtime' | 'sagemaker' | 'athena' | 's3' | 'sts';
  method: string;
  /** Path and query, as sent. */
  target: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Exchange {
  request: ProxiedRequest;
  /** Below 1; the same for the same seed, operation and number of the call. */
  random(): number;
  /** Asks the store, with another body where one is given. */
  forward(body?: Buffer): Promise<Answer>;
  response: ServerResponse;
  /** Closes the door: connections are refused for so long, and those that are open are cut. */
  outage(milliseconds: number): void;
}

/** `before`: the store never hears of the request. `after`: the work is done, and the answer is lost or false. */
export type Moment = 'before' | 'after';

export interface Fault {
  /** The moments that make sense for a request; none where the fault could not be told from an honest answer. */
  moments(request: ProxiedRequest): Moment[];
  strike(exchange: Exchange, moment: Moment): Promise<void>;
}

/** Calls whose whole answer is a status: an empty 200 is their honest success. */
const WITHOUT_OUTPUT = new Set(['PutRecord', 'DeleteRecord', 'UpdateRecord']);

export const hasOutput = ({ operation }: ProxiedRequest): boolean => !WITHOUT_OUTPUT.has(operation);
export const isS3 = ({ service }: ProxiedRequest): boolean => service === 's3';
export const both: Moment[] = ['before', 'after'];

/** Sends an answer as it is, its length counted anew. */
export function send({ request, response }: Exchange, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  const length = request.method === 'HEAD' ? headers['content-length'] : String(body.length);
  response.writeHead(status, { ...headers, ...(length !== undefined && { 'content-length': length }) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Another answer instead of the store's own. */
export function instead(make: (exchange: Exchange) => Answer, moments: Fault['moments'] = () => both): Fault {
  return {
    moments,
    async strike(exchange, moment) {
      if (moment === 'after') await exchange.forward();
      send(exchange, make(exchange));
    },
  };
}

export const answer = (
  status: number,
  contentType: string,
  body: string,
  more: Record<string, string> = {},
): Answer => ({
  status,
  headers: { ...(contentType && { 'content-type': contentType }), ...more },
  body: Buffer.from(body),
});

export const pick = <T>(exchange: Exchange, choices: readonly T[]): T =>
  choices[Math.floor(exchange.random() * choices.length)]!;

export const pause = (milliseconds: number): Promise<void> => sleep(milliseconds);
