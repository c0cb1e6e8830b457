/** A group whose wire is watched: how often each identifier was sent, and a say in what is answered. */
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, vi } from 'vitest';
import type { StopSignal } from '../../src/host.js';
import { openLocal } from '../../src/local/index.js';
import { run, temporaryFolder, type RunOptions } from './run.js';

export const TIME = '2026-01-31T12:00:00Z';

/** p0, p1, … */
export const csv = (rows: number): string =>
  `id,event_time,age\n${Array.from({ length: rows }, (_, row) => `p${row},${TIME},${row}\n`).join('')}`;

interface BatchWrite {
  Entries: { Record: { FeatureName: string; ValueAsString: string }[] }[];
}

const identifiersOf = ({ Entries }: BatchWrite): string[] =>
  Entries.map(({ Record }) => Record.find(({ FeatureName }) => FeatureName === 'id')!.ValueAsString);

/** The group `people` in an embedded store behind a wire that counts how often each identifier was sent. */
export async function watchedGroup() {
  const dir = await temporaryFolder();
  const local = await openLocal({ dir: join(dir, 'store') });
  const sent = new Map<string, number>();
  const calls = { count: 0, onCall: (_count: number) => {} };
  /** A call with this identifier is refused as a whole. */
  const refused = { id: '' };
  const server = createServer((request, response) => {
    const answered = async (body: string) => {
      if (request.url === '/BatchWriteRecord') {
        const ids = identifiersOf(JSON.parse(body) as BatchWrite);
        for (const id of ids) sent.set(id, (sent.get(id) ?? 0) + 1);
        calls.onCall((calls.count += 1));
        if (ids.includes(refused.id)) {
          response.writeHead(400, { 'x-amzn-errortype': 'ValidationError' });
          return response.end(JSON.stringify({ Message: `Record ${refused.id} is not to my liking` }));
        }
      }
      const url = `http://${request.headers.host}${request.url}`;
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as [string, string]);
      const answer = await local.fetch(new Request(url, { method: request.method, headers, body: body || null }));
      return response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    };
    // Of a process that was killed, half a request may come.
    void text(request).then(answered, () => response.destroy());
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
  const endpoint = ['--endpoint-url', `http://127.0.0.1:${(server.address() as AddressInfo).port}`];
  const global = [...endpoint, '--region', 'us-east-1'];
  const typed = (argv: string[], options?: RunOptions) => run([...argv, ...global], { cwd: dir, ...options });
  const schema = { id: 'String', event_time: 'String', age: 'Integral' };
  const definitions = Object.entries(schema).map(([FeatureName, FeatureType]) => ({ FeatureName, FeatureType }));
  await writeFile(join(dir, 'schema.json'), JSON.stringify(definitions));
  const create = () => typed(['create', 'people', '--schema-file', 'schema.json']);
  expect(await create()).toMatchObject({ code: 0 });
  return {
    ...{ dir, local, sent, calls, refused, global, create, run: typed },
    bulkPut: (argv: string[], options?: RunOptions) => typed(['bulk-put', 'people', ...argv], options),
    write: (name: string, content: string) => writeFile(join(dir, name), content),
    /** Sends the signal as soon as so many calls have come in. */
    interruptedAfter(count: number, argv: string[], signal: StopSignal = 'SIGINT') {
      let send: (signal: StopSignal) => void;
      calls.onCall = (now) => now === count && send(signal);
      return typed(['bulk-put', 'people', ...argv], { interrupt: (sender) => (send = sender) });
    },
    twice: () => [...sent.values()].filter((times) => times > 1).length,
    kept: () => {
      const { id } = local.store.groups.find('us-east-1', 'people')!;
      return [...local.store.online.scan(id)].length;
    },
    checkpoints: async () =>
      (await readdir(join(dir, '.sagemaker-fs/bulk-put'))).filter((name) => name.endsWith('.json')),
  };
}
