/** An embedded store that answers HTTP, the command line with a fault proxy between, and a look past both at what is there. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SageMakerClient, type CreateFeatureGroupCommandInput } from '@aws-sdk/client-sagemaker';
import { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { expect, onTestFinished, vi } from 'vitest';
import { openThrowAway } from '../support/doors.js';
import { openFaultProxy, type FaultProxy, type FaultProxyOptions } from '../support/fault-proxy.js';
import { createGroup, plain, writeAll, type PlainRecord } from '../support/groups.js';
import { run, temporaryFolder, type Ran } from '../support/run.js';

export type Chance = Omit<FaultProxyOptions, 'port'>;

/** Exit codes of a run that was not done, and said so: failed, given up for now. */
const NOT_DONE = [1, 5];
/** Tries until a run has to be done, at the rates of these tests. */
const MOST_TRIES = 8;

export type FaultyStore = Awaited<ReturnType<typeof openFaultyStore>>;

/** Opens the store for one test, with nothing between it and the test yet. */
export async function openFaultyStore() {
  const dir = await temporaryFolder();
  const local = await openThrowAway();
  const listener = await local.listen({ port: 0 });
  onTestFinished(() => local.close());
  // The SDK looks for credentials in the real environment.
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a').stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  onTestFinished(() => void vi.unstubAllEnvs());
  const settings = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    endpoint: 'http://127.0.0.1',
    requestHandler: local.requestHandler,
  };
  const [sagemaker, runtime] = [new SageMakerClient(settings), new SageMakerFeatureStoreRuntimeClient(settings)];
  const { groups, online, objects, offline } = local.store;
  const group = (name: string) => groups.find('us-east-1', name)!;

  return {
    dir,
    local,
    port: listener.port,
    runtime,
    create: (name: string, change: Partial<CreateFeatureGroupCommandInput> = {}) =>
      createGroup(sagemaker, name, change),
    async put(name: string, records: PlainRecord[]) {
      await writeAll(runtime, name, records);
      await offline.flush();
    },
    /** The live records of the online store by identifier, read past the wire. */
    records: (name: string): Map<string, PlainRecord> =>
      new Map(
        [...online.scan(group(name).id)]
          .filter(({ record }) => !record.deleted)
          .map(({ record }) => [record.identifier, plain(record.values)!]),
      ),
    /** Key → content below a group's own prefix, or below another. */
    objects(place: { group: string } | { bucket: string; prefix: string }): Map<string, string> {
      const below = 'group' in place ? ownPlace(group(place.group).offline!.resolvedOutputS3Uri) : place;
      return new Map(
        [...objects.list(below.bucket, below.prefix)].map(({ key, file }) => [
          key.slice(below.prefix.length),
          readFileSync(file).toString('base64'),
        ]),
      );
    },
    json: async (file: string) => JSON.parse(await readFile(join(dir, file), 'utf8')) as Record<string, unknown>,
    /** Runs a command through a proxy of this chance until it exits 0; `again` is added from the second try on. */
    async untilDone(chance: Chance, attempt: Attempt): Promise<{ tries: Ran[]; proxy: FaultProxy }> {
      const proxy = await openFaultProxy({ ...chance, port: listener.port });
      onTestFinished(proxy.close);
      const global = ['--endpoint-url', proxy.endpoint, '--region', 'us-east-1'];
      const tries: Ran[] = [];
      while (tries.at(-1)?.code !== 0) {
        const told = `${tries.map(({ code, stderr }) => `exit ${code}: ${stderr}`).join('\n')}\n${proxy.log()}`;
        expect(tries.length, told).toBeLessThan(MOST_TRIES);
        const argv = [...attempt.argv, ...(tries.length > 0 ? (attempt.again ?? []) : [])];
        // A place of its own for the backup of each try, which is named by the second.
        const later = 2000 * tries.length;
        const ran = await run([...argv, ...global], { cwd: dir, now: () => new Date(Date.now() + later) });
        await proxy.settled();
        tries.push(ran);
        const now = `exit ${ran.code}: ${ran.stderr}\n${proxy.log()}`;
        expect([0, ...NOT_DONE], now).toContain(ran.code);
        expect(ran.stderr, now).not.toMatch(/^ {4}at |Cannot read prop|Unexpected token|is not iterable|undefined/m);
        await attempt.check?.(ran, now);
      }
      return { tries, proxy };
    },
  };
}

export interface Attempt {
  argv: string[];
  again?: string[];
  /** What must hold after each try, done or not; `told` is for messages. */
  check?(ran: Ran, told: string): Promise<void> | void;
}

function ownPlace(uri: string): { bucket: string; prefix: string } {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri)!;
  return { bucket, prefix: `${prefix}/` };
}

/** `a0`, `a1`, … of three hours, with values that a careless hand would change. */
export const records = (count: number, prefix = 'a'): PlainRecord[] =>
  Array.from({ length: count }, (_, row) => ({
    id: `${prefix}${row}`,
    at: `2026-01-01T0${row % 3}:00:00Z`,
    price: `${row}.5`,
    stock: row % 7 === 0 ? '9007199254740993' : String(row),
    name: row % 11 === 0 ? `007 "${row}", Zürich` : `n${row}`,
  }));

export const byIdentifier = (all: PlainRecord[]): Map<string, PlainRecord> =>
  new Map(all.map((record) => [record.id as string, record]));

/** What is not as it should be; `toEqual(SAME)` where nothing is. */
export function compared(actual: Map<string, unknown>, expected: Map<string, unknown>) {
  const text = (value: unknown) => JSON.stringify(value, Object.keys(value as object).sort());
  const held = [...expected.keys()].filter((id) => actual.has(id));
  return {
    lost: [...expected.keys()].filter((id) => !actual.has(id)),
    wrong: held.filter((id) => text(actual.get(id)) !== text(expected.get(id))),
    more: [...actual.keys()].filter((id) => !expected.has(id)),
  };
}

export const SAME = { lost: [], wrong: [], more: [] };
