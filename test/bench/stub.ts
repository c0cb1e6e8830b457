/** A stand-in for the service in a process of its own: it answers at once, counts, and fails as told; of records it keeps which are deleted. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FEATURES, groupNamed, oneRecord } from './inputs.js';

export interface StubOptions {
  /** Before each answer. */
  latencyMs?: number;
  /** Calls of the runtime answered in a second; those above are throttled. */
  callsPerSecond?: number;
  /** Share of the runtime's calls that fail with a 500. */
  failingCalls?: number;
  /** Share of the entries of BatchWriteRecord that come back unprocessed. */
  failingEntries?: number;
  /** Records that ListRecords lists until they are deleted: `0`, `1`, … */
  records?: number;
  /** Feature groups that ListFeatureGroups knows. */
  groups?: number;
}

export interface StubCounts {
  calls: number;
  throttled: number;
  failed: number;
  written: number;
  read: number;
  deleted: number;
  /** Of the deletions so far, when the last page was listed. */
  deletedWhileListing: number;
  /** Milliseconds from the first deletion to the last. */
  deletingMs: number;
}

const ENTRY = Buffer.from('"Record":');
const PAGE = 100;
/** Whoever names features wants the event time. */
const EVENT_TIME_JSON = JSON.stringify(oneRecord(1).filter(({ FeatureName }) => FeatureName === 'event_time'));
const CALLER =
  '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:user/bench</Arn><UserId>AIDA</UserId><Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';
const RECORD_JSON = JSON.stringify(oneRecord(1));

/** Serves until the parent goes; tells it the port, and the counts whenever it asks. */
export function serveStub(options: StubOptions): void {
  const counts: StubCounts = {
    calls: 0,
    throttled: 0,
    failed: 0,
    written: 0,
    read: 0,
    deleted: 0,
    deletedWhileListing: 0,
    deletingMs: 0,
  };
  const isDeleted = new Uint8Array(options.records ?? 0);
  let firstDeletion = 0;
  const isThrottled = openGate(options.callsPerSecond ?? Infinity);

  function answer(request: IncomingMessage, body: Buffer): [status: number, json: string] {
    const { method, url = '', headers } = request;
    const target = headers['x-amz-target'];
    if (typeof target === 'string') return [200, controlPlane(target, body, options)];
    if (body.includes('Action=GetCallerIdentity')) return [200, CALLER];
    counts.calls += 1;
    if (isThrottled()) {
      counts.throttled += 1;
      return [400, '{"__type":"ThrottlingException","message":"Rate exceeded"}'];
    }
    if (Math.random() < (options.failingCalls ?? 0)) {
      counts.failed += 1;
      return [500, '{"__type":"InternalFailure","message":"Try again"}'];
    }
    if (url === '/BatchWriteRecord') return [200, written(body)];
    if (url === '/BatchGetRecord') return [200, read(body)];
    if (url.endsWith('/ListRecords')) return [200, listed(body)];
    if (method === 'DELETE') remove(url);
    if (method === 'PUT') counts.written += 1;
    return [200, method === 'GET' ? `{"Record":${RECORD_JSON}}` : ''];
  }

  function listed(body: Buffer): string {
    const { NextToken = '0', MaxResults = 10 } = JSON.parse(body.toString()) as {
      NextToken?: string;
      MaxResults?: number;
    };
    const RecordIdentifiers: string[] = [];
    let at = Number(NextToken);
    for (; at < isDeleted.length && RecordIdentifiers.length < MaxResults; at += 1) {
      if (isDeleted[at] === 0) RecordIdentifiers.push(String(at));
    }
    if (RecordIdentifiers.length > 0) counts.deletedWhileListing = counts.deleted;
    return JSON.stringify({ RecordIdentifiers, NextToken: at < isDeleted.length ? String(at) : undefined });
  }

  function remove(url: string): void {
    firstDeletion ||= performance.now();
    counts.deletingMs = performance.now() - firstDeletion;
    counts.deleted += 1;
    isDeleted[Number(/RecordIdentifierValueAsString=(\d+)/.exec(url)?.[1])] = 1;
  }

  function written(body: Buffer): string {
    const unprocessed = options.failingEntries ? someEntries(body, options.failingEntries) : [];
    counts.written += occurrences(body, ENTRY) - unprocessed.length;
    return unprocessed.length === 0
      ? '{"Errors":[],"UnprocessedEntries":[]}'
      : JSON.stringify({ Errors: [], UnprocessedEntries: unprocessed });
  }

  function read(body: Buffer): string {
    const { Identifiers } = JSON.parse(body.toString()) as {
      Identifiers: { FeatureGroupName: string; RecordIdentifiersValueAsString: string[]; FeatureNames?: string[] }[];
    };
    const records = Identifiers.flatMap(({ FeatureGroupName, RecordIdentifiersValueAsString, FeatureNames }) =>
      RecordIdentifiersValueAsString.map(
        (id) =>
          `{"FeatureGroupName":"${FeatureGroupName}","RecordIdentifierValueAsString":${JSON.stringify(id)},"Record":${FeatureNames ? EVENT_TIME_JSON : recordOf(id)}}`,
      ),
    );
    counts.read += records.length;
    return `{"Records":[${records.join()}],"Errors":[],"UnprocessedIdentifiers":[]}`;
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [status, json] = answer(request, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      if (!options.latencyMs) return respond(response, status, json);
      void sleep(options.latencyMs).then(() => respond(response, status, json));
    });
  });
  process.on('message', () => process.send!(counts));
  process.on('disconnect', () => process.exit());
  server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
}

function respond(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, {
    'content-type': json.startsWith('<') ? 'text/xml' : 'application/json',
    'content-length': Buffer.byteLength(json),
  });
  response.end(json);
}

/** A second's worth of calls at most, and a tenth of that at once. */
function openGate(perSecond: number): () => boolean {
  let [tokens, refilled] = [perSecond / 10, performance.now()];
  return () => {
    if (perSecond === Infinity) return false;
    const now = performance.now();
    tokens = Math.min(perSecond / 10, tokens + ((now - refilled) * perSecond) / 1000);
    refilled = now;
    if (tokens < 1) return true;
    tokens -= 1;
    return false;
  };
}

function controlPlane(target: string, body: Buffer, { groups = 1 }: StubOptions): string {
  const input = JSON.parse(body.toString()) as { FeatureGroupName?: string; NextToken?: string; MaxResults?: number };
  if (target.endsWith('.DescribeFeatureGroup')) return JSON.stringify(described(input.FeatureGroupName!));
  const from = Number(input.NextToken ?? 0);
  const to = Math.min(groups, from + (input.MaxResults ?? PAGE));
  const summaries = Array.from({ length: to - from }, (_, index) => summary(groupNamed(from + index)));
  return JSON.stringify({ FeatureGroupSummaries: summaries, NextToken: to < groups ? String(to) : undefined });
}

function summary(FeatureGroupName: string) {
  const FeatureGroupArn = `arn:aws:sagemaker:us-east-1:000000000000:feature-group/${FeatureGroupName}`;
  return { FeatureGroupName, FeatureGroupArn, CreationTime: 1_767_225_600, FeatureGroupStatus: 'Created' };
}

function described(name: string) {
  return {
    ...summary(name),
    RecordIdentifierFeatureName: 'id',
    EventTimeFeatureName: 'event_time',
    FeatureDefinitions: FEATURES.map(({ name: FeatureName, type: FeatureType }) => ({ FeatureName, FeatureType })),
    OnlineStoreConfig: { EnableOnlineStore: true },
  };
}

function recordOf(id: string): string {
  return RECORD_JSON.replace('"ValueAsString":"customer-00000001"', `"ValueAsString":${JSON.stringify(id)}`);
}

function someEntries(body: Buffer, share: number): unknown[] {
  const { Entries } = JSON.parse(body.toString()) as { Entries: unknown[] };
  return Entries.filter(() => Math.random() < share);
}

function occurrences(body: Buffer, of: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(of); at !== -1; at = body.indexOf(of, at + of.length)) count += 1;
  return count;
}
