/** The fault proxy itself: each kind of fault reaches the store or does not, as it says, and hides the honest answer. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { FAULTS, openFaultProxy, type FaultProxyOptions } from '../support/fault-proxy.js';
import { openScriptedServer } from '../support/scripted-server.js';

const HONEST = {
  json: '{"Records":[],"Errors":[],"UnprocessedIdentifiers":[],"UnprocessedEntries":[]}',
  xml: '<DeleteResult><Deleted><Key>a</Key></Deleted><Deleted><Key>b</Key></Deleted></DeleteResult>',
};
const entry = (id: string) => ({
  FeatureGroupName: 'shop',
  Record: [{ FeatureName: 'id', ValueAsString: id }],
});
const ids = { FeatureGroupName: 'shop', RecordIdentifiersValueAsString: ['a', 'b', 'c'] };
/** Between them, calls that every kind of fault fits. */
const CALLS = {
  BatchWriteRecord: ['POST', '/BatchWriteRecord', { Entries: ['a', 'b', 'c'].map(entry) }],
  BatchGetRecord: ['POST', '/BatchGetRecord', { Identifiers: [ids] }],
  PutRecord: ['PUT', '/FeatureGroup/shop', { Record: [] }],
  'S3 POST delete': [
    'POST',
    '/bucket?delete',
    '<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>',
  ],
} as const;
type Operation = keyof typeof CALLS;

/** A proxy before a server that answers as the service would, and what a client sees of an answer, or that it failed. */
async function openBetween(options: Omit<FaultProxyOptions, 'port'>) {
  const store = await openScriptedServer(({ target }, response) => {
    const [type, body] = target.includes('?delete')
      ? ['application/xml', HONEST.xml]
      : ['application/json', HONEST.json];
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  onTestFinished(store.close);
  const proxy = await openFaultProxy({ port: store.port, ...options });
  onTestFinished(proxy.close);
  const call = async (operation: Operation): Promise<string> => {
    const [method, path, body] = CALLS[operation];
    const scope = operation.startsWith('S3') ? 's3' : 'sagemaker';
    const headers = { authorization: `AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/${scope}/aws4_request` };
    const sent = request(proxy.endpoint + path, { method, headers, agent: false });
    // Bytes behind an answer fail the request when it has ended.
    sent.on('error', () => {});
    sent.end(typeof body === 'string' ? body : JSON.stringify(body));
    try {
      const [answered] = (await once(sent, 'response')) as [IncomingMessage];
      const text = (await buffer(answered)).toString();
      return `${answered.statusCode} ${answered.headers['content-type'] ?? ''} ${text}`;
    } catch (error) {
      return `failed: ${(error as Error).message}`;
    }
  };
  return { store, proxy, call };
}

const HARMLESS = ['answer late', 'answer in drops', 'call delivered twice', 'call delivered again, later'];
const honest = (operation: Operation) =>
  operation.startsWith('S3') ? `200 application/xml ${HONEST.xml}` : `200 application/json ${HONEST.json}`;

test('there are kinds enough, and every one fits some call', () => {
  expect(Object.keys(FAULTS).length).toBeGreaterThanOrEqual(30);
});

test.each(Object.keys(FAULTS))('%s', async (kind) => {
  const moments = new Set<string>();
  for (let seed = 1; seed <= 3; seed += 1) {
    const { store, proxy, call } = await openBetween({ seed, rate: 1, kinds: [kind] });
    for (const operation of Object.keys(CALLS) as Operation[]) {
      const [struck, reached] = [proxy.struck(), store.received.length];
      const seen = await call(operation);
      await proxy.settled();
      if (proxy.struck() === struck) {
        expect(seen, 'a call that the fault does not fit').toBe(honest(operation));
        continue;
      }
      const line = proxy.log().split('\n').at(-1)!;
      const [, moment] = /, (before|after) the store's work$/.exec(line)!;
      moments.add(moment!);
      if (moment === 'after') expect(store.received.length, line).toBeGreaterThan(reached);
      else if (!kind.startsWith('some ')) expect(store.received.length, line).toBe(reached);
      if (HARMLESS.includes(kind)) expect(seen, line).toBe(honest(operation));
      else expect(seen, line).not.toBe(honest(operation));
    }
  }
  expect(moments.size).toBeGreaterThan(0);
});

test('without faults every answer is the honest one, and the same seed strikes the same calls', async () => {
  const calm = await openBetween({ seed: 1, rate: 0 });
  for (const operation of Object.keys(CALLS) as Operation[]) expect(await calm.call(operation)).toBe(honest(operation));
  expect(calm.proxy.struck()).toBe(0);
  const logs: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    const { proxy, call } = await openBetween({ seed: 7, rate: 0.5, kinds: ['5xx of the service', '200 {}'] });
    for (let count = 0; count < 20; count += 1) await call('BatchWriteRecord');
    logs.push(proxy.log());
  }
  expect(logs[0]).toBe(logs[1]);
  expect(logs[0]!.split('\n').length).toBeGreaterThan(5);
});
