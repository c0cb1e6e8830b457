/** An embedded store behind a wire that is watched: which operations were called, and a say in what they carry and answer. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { onTestFinished, vi } from 'vitest';
import type { CreateFeatureGroupCommandInput } from '@aws-sdk/client-sagemaker';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { openLocal, type LocalOptions } from '../../src/local/index.js';
import { createGroup, writeAll, type PlainRecord } from './groups.js';
import { readOnline } from './histories.js';
import { run, temporaryFolder, type RunOptions } from './run.js';

export interface Wire {
  /** Calls of each operation: `StartQueryExecution`, `BatchWriteRecord`, `GET /bucket`. */
  count(operation: string): number;
  /** Every operation called so far, in order. */
  readonly operations: string[];
  /** May change what reaches the store: the JSON of the request, in place. */
  change: (operation: string, body: Record<string, unknown>) => void;
  /** Told of each call before it reaches the store. */
  onCall: (operation: string, total: number) => void;
}

/** Opens a store, a wire before it, and the command line on that wire. */
export async function watchedStore(options: Partial<LocalOptions> = {}) {
  const dir = await temporaryFolder();
  const local = await openLocal({ dir: join(dir, 'store'), ...options });
  const operations: string[] = [];
  const wire: Wire = {
    operations,
    count: (operation) => operations.filter((each) => each === operation).length,
    change: () => {},
    onCall: () => {},
  };
  const server = createServer((request, response) => {
    void buffer(request).then(async (bytes) => {
      const { method = '', url = '/', headers } = request;
      const operation = nameOf(method, url, headers['x-amz-target']);
      operations.push(operation);
      wire.onCall(operation, operations.length);
      const target = `http://${headers.host}${url}`;
      const sent = Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]);
      const body = method === 'GET' || method === 'HEAD' ? null : new Uint8Array(changed(wire, operation, bytes));
      const answer = await local.fetch(new Request(target, { method, headers: sent, body }));
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await local.close();
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
  const sagemaker = new SageMakerClient(settings);
  const runtime = new SageMakerFeatureStoreRuntimeClient(settings);
  return {
    ...{ dir, local, wire, global, endpoint, sagemaker, runtime },
    run: (argv: string[], options?: RunOptions) => run([...argv, ...global], { cwd: dir, ...options }),
    create: (name: string, change: Partial<CreateFeatureGroupCommandInput> = {}) =>
      createGroup(sagemaker, name, change),
    put: (name: string, records: PlainRecord[]) => writeAll(runtime, name, records),
    online: (name: string, identifiers: Iterable<string>) => readOnline(runtime, name, identifiers),
    /** The statements that Athena was asked, oldest first. */
    queries: () =>
      local.store.queries.executions
        .list('us-east-1', 'primary')
        .reverse()
        .map((id) => local.store.queries.get('us-east-1', id)),
  };
}

function nameOf(method: string, url: string, target: string | string[] | undefined): string {
  if (typeof target === 'string') return target.split('.')[1]!;
  if (/^\/Batch(Write|Get)Record$/.test(url)) return url.slice(1);
  if (!url.startsWith('/FeatureGroup/')) return `${method} ${url.split(/[?]/)[0]}`;
  if (url.endsWith('/ListRecords')) return 'ListRecords';
  return { PUT: 'PutRecord', DELETE: 'DeleteRecord', GET: 'GetRecord' }[method] ?? 'UpdateRecord';
}

function changed(wire: Wire, operation: string, bytes: Buffer): Buffer {
  if (!/^(Batch|Start|Put)/.test(operation)) return bytes;
  const body = JSON.parse(bytes.toString()) as Record<string, unknown>;
  wire.change(operation, body);
  return Buffer.from(JSON.stringify(body));
}
