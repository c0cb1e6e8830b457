/** The embedded store judged from outside, by boto3 over HTTP; each judgement is a function of test/support/judge.py. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Local } from '../../src/local/index.js';
import { openThrowAway } from '../support/doors.js';

const hasBoto3 = spawnSync('python3', ['-c', 'import boto3']).status === 0;
if (!hasBoto3) process.stderr.write('boto3 is not installed here: its judgement of the embedded store is skipped.\n');

/** Models of the services newer than those of the boto3 that is installed. */
function newerModels(): Record<string, string> {
  const beside = join(import.meta.dirname, '../../../shared/aws-models');
  const path = process.env.SAGEMAKER_FS_TEST_AWS_DATA_PATH ?? (existsSync(beside) ? beside : undefined);
  return path === undefined ? {} : { AWS_DATA_PATH: path };
}

interface Judgement {
  name: string;
  verdict: 'holds' | 'fails' | 'skipped';
  why: string;
}

describe.skipIf(!hasBoto3)('boto3 finds that the embedded store keeps to AWS in', () => {
  let local: Local;
  const judgements = new Map<string, Judgement>();

  beforeAll(async () => {
    local = await openThrowAway();
    const { port } = await local.listen({ port: 0 });
    const judge = spawn('python3', [join(import.meta.dirname, '../support/judge.py')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...newerModels(),
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_MAX_ATTEMPTS: '1',
      },
    });
    const [lines] = await Promise.all([text(judge.stdout), once(judge, 'close')]);
    for (const line of lines.trim().split('\n')) {
      const judgement = JSON.parse(line) as Judgement;
      judgements.set(judgement.name, judgement);
    }
  }, 180_000);
  afterAll(() => local.close());

  it.for([
    'groups of every kind',
    'a random history online',
    'a random history in athena',
    'errors of feature store',
    'errors of athena',
    'batches of records',
    'uploads in parts',
    'versions of objects',
    'objects of any name',
    'the aws command line',
  ])('%s', (name, { skip }) => {
    const { verdict, why } = judgements.get(name) ?? { verdict: 'fails', why: 'the judge did not come to it' };
    if (verdict === 'skipped') skip(why);
    expect(why).toBe('');
  });
});
