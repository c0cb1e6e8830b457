/** The promise of `migrate`, judged from outside: boto3 writes a history, the tool migrates it, boto3 reads the target. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openLocal } from '../src/local/index.js';
import { run, temporaryFolder } from './support/run.js';

const hasBoto3 = spawnSync('python3', ['-c', 'import boto3']).status === 0;
if (!hasBoto3) process.stderr.write('boto3 is not installed here: its judgement of migrate is skipped.\n');

/** Of the history that boto3 writes; any number will do. */
const SEED = '1';
const FRACTIONAL = new Set(['EventTime', 'SCORE']);
type Records = Record<string, Record<string, string>>;

async function python(
  argv: string[],
  { env, stdin = '' }: { env: Record<string, string>; stdin?: string },
): Promise<unknown> {
  const child = spawn('python3', [join(import.meta.dirname, 'support', 'history.py'), ...argv], {
    env: { ...process.env, ...env },
  });
  child.stdin.end(stdin);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** Fractional values as the doubles that they are; all others to the letter. */
function comparable(records: Records): Record<string, Record<string, string | number>> {
  const value = (name: string, text: string) => (FRACTIONAL.has(name) ? Number(text) : text);
  return Object.fromEntries(
    Object.entries(records).map(([id, record]) => [
      id,
      Object.fromEntries(Object.entries(record).map(([name, text]) => [name, value(name, text)])),
    ]),
  );
}

describe.skipIf(!hasBoto3)('migrate, judged by boto3', () => {
  it('leaves exactly the live records, value by value', { timeout: 180_000 }, async () => {
    const dir = join(await temporaryFolder(), 'store');
    const local = await openLocal({ dir });
    const { port } = await local.listen({ port: 0 });
    const url = `http://127.0.0.1:${port}`;
    const env = {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_DEFAULT_REGION: 'us-east-1',
    };
    const cli = (...argv: string[]) => run([...argv, '--local', '--local-dir', dir]);

    const { live, identifiers } = (await python(['write', 'src', SEED], { env })) as {
      live: Records;
      identifiers: string[];
    };
    expect(identifiers).toHaveLength(1500);
    expect((await cli('create', 'dst', '--like', 'src', '--online-store')).code).toBe(0);
    const onlineOf = async (group: string) =>
      (await python(['read', group], { env, stdin: JSON.stringify(identifiers) })) as Records;

    expect(await cli('migrate', 'src', 'dst', '--dry-run')).toMatchObject({ code: 0 });
    expect(await onlineOf('dst')).toEqual({});
    expect(await cli('migrate', 'src', 'dst')).toMatchObject({ code: 0 });
    expect(comparable(await onlineOf('dst'))).toEqual(comparable(live));
    await local.close();
  });
});
