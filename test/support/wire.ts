/** An embedded store behind a wire that keeps every request, and may answer one itself, alter an answer, or strike after it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AthenaClient } from '@aws-sdk/client-athena';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { onTestFinished, vi } from 'vitest';
import { openLocal, type LocalOptions } from '../../src/local/index.js';
import { run, temporaryFolder, type RunOptions } from './run.js';

export interface WireRequest {
  /** `DeleteRecord`, `DescribeFeatureGroup`, `S3 PUT`, `S3 copy`, `S3 delete`, … */
  operation: string;
  method: string;
  /** Path and query, decoded. */
  target: string;
  headers: Record<string, string>;
  body: string;
  /** Changes something, whoever it is aimed at. */
  changes: boolean;
}

type Answer = Response | number | undefined;

export interface Wire {
  requests: WireRequest[];
  /** How often an operation was called. */
  count(operation: string): number;
  /** Told of a request before the store is. */
  before: (request: WireRequest) => void;
  /** May change the JSON that reaches the store, in place. */
  change: (request: WireRequest, body: Record<string, unknown>) => void;
  /** Answers instead of the store; a number lets so many bytes of the store's answer through, then breaks the connection. */
  answer: (request: WireRequest) => Answer | Promise<Answer>;
  /** Makes another answer of the store's JSON. */
  alter: (request: WireRequest, answer: Record<string, unknown>) => Record<string, unknown>;
  /** Told when the store has answered, before the caller is. */
  after: (request: WireRequest) => Promise<void> | void;
  latencyMs: number;
  /** Ends once nobody is connected any more, and what a killed process had sent is done. */
  deserted(): Promise<void>;
}

/** A refusal in the service's own form. */
export function refusal(status: number, code: string, message = `No: ${code}`): Response {
  const headers = { 'x-amzn-errortype': code, 'content-type': 'application/json' };
  return new Response(JSON.stringify({ __type: code, Message: message }), { status, headers });
}

/** A refusal in S3's form. */
export function s3Refusal(status: number, code: string): Response {
  const headers = { 'content-type': 'application/xml' };
  return new Response(`<Error><Code>${code}</Code><Message>No: ${code}</Message></Error>`, { status, headers });
}

/** Opens a store and the wire to it; `run` is the whole command line, talking through the wire. */
export async function openWire(options: Partial<LocalOptions> = {}) {
  const dir = await temporaryFolder();
  const bugs: unknown[] = [];
  const local = await openLocal({ dir: join(dir, 'store'), onBug: (bug) => bugs.push(bug), ...options });
  const wire: Wire = {
    requests: [],
    count: (operation) => wire.requests.filter((request) => request.operation === operation).length,
    before: () => {},
    change: () => {},
    answer: () => undefined,
    alter: (_request, answer) => answer,
    after: () => {},
    latencyMs: 0,
    async deserted() {
      do await sleep(1);
      while (underWay.size > 0 || (await promisify(server.getConnections.bind(server))()) > 0);
    },
  };
  const underWay = new Set<Promise<void>>();
  const server = createServer((incoming, outgoing) => {
    const answered = async (body: Buffer) => {
      const { method = 'GET', url = '/' } = incoming;
      const headers = Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      );
      const request = { ...nameOf(method, url, headers), method, target: decodeURIComponent(url), headers };
      const seen: WireRequest = { ...request, body: body.toString() };
      wire.requests.push(seen);
      wire.before(seen);
      const init = { method, headers, body: body.length > 0 ? changed(wire, seen, body) : null };
      if (wire.latencyMs > 0) await sleep(wire.latencyMs);
      const asked = await wire.answer(seen);
      const answer =
        asked instanceof Response ? asked : await local.fetch(new Request(`http://${headers.host}${url}`, init));
      let bytes = Buffer.from(await answer.arrayBuffer());
      if (answer.headers.get('content-type')?.includes('json') && bytes.length > 0) {
        const altered = wire.alter(seen, JSON.parse(bytes.toString()) as Record<string, unknown>);
        bytes = Buffer.from(JSON.stringify(altered));
      }
      if (asked === undefined) await wire.after(seen);
      const { 'content-length': length, ...others } = Object.fromEntries(answer.headers);
      const size = method === 'HEAD' ? length : String(bytes.length);
      if (typeof asked === 'number') {
        if (asked > 0)
          outgoing.writeHead(answer.status, { ...others, 'content-length': size }).write(bytes.subarray(0, asked));
        setTimeout(() => outgoing.destroy(), 20);
        return;
      }
      outgoing.writeHead(answer.status, { ...others, ...(size && { 'content-length': size }) }).end(bytes);
    };
    // Of a process that was killed, half a request may come.
    const done = buffer(incoming).then(answered, () => void outgoing.destroy());
    underWay.add(done);
    void done.finally(() => underWay.delete(done));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await local.close();
    if (bugs.length > 0) throw bugs[0];
  });
  // The SDK looks for credentials in the real environment.
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a').stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  onTestFinished(() => void vi.unstubAllEnvs());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const global = ['--endpoint-url', endpoint, '--region', 'us-east-1'];
  const settings = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    endpoint: 'http://127.0.0.1',
    requestHandler: local.requestHandler,
  };
  return {
    ...{ dir, local, wire, endpoint, global },
    sagemaker: new SageMakerClient(settings),
    runtime: new SageMakerFeatureStoreRuntimeClient(settings),
    athena: new AthenaClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    run: (argv: string[], more?: RunOptions) => run([...argv, ...global], { cwd: dir, ...more }),
  };
}

function changed(wire: Wire, request: WireRequest, body: Buffer): Buffer {
  if (!request.headers['content-type']?.includes('json')) return body;
  const parsed = JSON.parse(body.toString()) as Record<string, unknown>;
  wire.change(request, parsed);
  return Buffer.from(JSON.stringify(parsed));
}

const READS = /^(Describe|List|Get|BatchGet|Head|Start|Stop)/;

export function nameOf(
  method: string,
  url: string,
  headers: Record<string, string>,
): { operation: string; changes: boolean } {
  const target = headers['x-amz-target'];
  if (target) {
    const operation = target.split('.')[1]!;
    return { operation, changes: !READS.test(operation) };
  }
  if (headers.authorization?.includes('/sts/')) return { operation: 'STS', changes: false };
  const [path = '', query = ''] = url.split('?');
  if (headers.authorization?.includes('/s3/')) {
    const copy = headers['x-amz-copy-source'] ? ' copy' : '';
    const kind = /(?:^|&)(delete|uploads|uploadId|partNumber|versions|versioning)(?:=|&|$)/.exec(query)?.[1];
    return { operation: `S3 ${method}${copy}${kind ? ` ${kind}` : ''}`, changes: !['GET', 'HEAD'].includes(method) };
  }
  const [, first, , last] = path.split('/');
  const byMethod: Record<string, string> = { GET: 'GetRecord', PUT: 'PutRecord', DELETE: 'DeleteRecord' };
  const operation =
    first === 'FeatureGroup' ? (last === 'Record' ? 'UpdateRecord' : (last ?? byMethod[method]!)) : first!;
  return { operation, changes: !READS.test(operation) };
}
