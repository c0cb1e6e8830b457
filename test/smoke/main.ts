/**
 * `npm run smoke:aws`: the tool on a real account, below 0.10 USD, and what the service does where its documentation does not
 * say. SMOKE_BUCKET and SMOKE_ROLE (the ARN of an execution role) say where; credentials, region and endpoint come from the
 * environment; SMOKE_WAIT (`15m`) is for records on their way to the offline store. Everything it makes has a name of its own,
 * and is removed whatever happens. Exit 1 where a step fails.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { askTheService } from './questions.js';

const { SMOKE_BUCKET: bucket, SMOKE_ROLE: role, SMOKE_WAIT: wait = '15m' } = process.env;
if (!bucket || !role)
  throw new Error('SMOKE_BUCKET and SMOKE_ROLE must be set: a bucket, and the ARN of an execution role.');
const bin = resolve('bin/sagemaker-fs.js');
const name = `sagemaker-fs-smoke-${randomBytes(4).toString('hex')}`;
const [source, target] = [`${name}-a`, `${name}-b`];
const dir = mkdtempSync(join(tmpdir(), 'sagemaker-fs-smoke-'));
let isStopped = false;
process.on('SIGINT', () => (isStopped = true));

/** Runs the tool in a folder of its own; throws for another exit code than 0. */
function cli(...argv: string[]): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [bin, ...argv], { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    child.on('close', (code) =>
      code === 0 ? done(stdout) : fail(new Error(`${argv.join(' ')}: exit ${code}\n${stderr}`)),
    );
  });
}

async function step(what: string, work: () => Promise<unknown>): Promise<void> {
  if (isStopped) throw new Error('Interrupted.');
  const began = Date.now();
  await work();
  console.log(`ok           ${what} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

const expectIn = (text: string, part: string): void => {
  if (!text.includes(part)) throw new Error(`${part} is not in what was printed:\n${text}`);
};

const places = ['--s3-uri', `s3://${bucket}/${name}/features`, '--execution-role-arn', role];
const RECORDS = 20;

async function tour(): Promise<void> {
  writeFileSync(join(dir, 'schema.json'), JSON.stringify(SCHEMA));
  const rows = Array.from({ length: RECORDS }, (_, row) => `${row},2026-01-01T00:00:00Z,${row / 4}`);
  writeFileSync(join(dir, 'rows.csv'), ['id,event_time,score', ...rows, ''].join('\n'));
  for (const group of [source, target])
    await step(`create ${group}`, () =>
      cli('create', group, '--schema-file', 'schema.json', '--online-store', ...places),
    );
  await step('put', () => cli('put', source, '--record', '{"id": "007", "event_time": "2026-01-01T00:00:00Z"}'));
  await step('bulk-put', () => cli('bulk-put', source, 'rows.csv'));
  await step('get', async () => expectIn(await cli('get', source, '007'), '"007"'));
  await step('list', async () => expectIn(await cli('list', '--name-contains', name, '-o', 'csv'), source));
  await askTheService({ group: target, bucket: bucket!, prefix: `${name}/features/`, report: console.log });
  await step('clear --online-only', () => cli('clear', target, '--online-only', '--force'));
  await step('migrate --verify', () =>
    cli('migrate', source, target, '--wait-offline', wait, '--verify', '--expect-count', String(RECORDS + 1)),
  );
  await step('clear --backup-s3', () =>
    cli('clear', target, '--force', '--backup-s3', `s3://${bucket}/${name}/backups`),
  );
}

const SCHEMA = [
  { FeatureName: 'id', FeatureType: 'String' },
  { FeatureName: 'event_time', FeatureType: 'String' },
  { FeatureName: 'score', FeatureType: 'Fractional' },
];

/** Groups by their own names, objects below the one prefix; each on its own, so that one failure leaves no more than it must. */
async function cleanUp(): Promise<string[]> {
  const left: string[] = [];
  for (const group of [source, target]) {
    await cli('delete', group, '--force', '--delete-data').catch((error: Error) => {
      if (!error.message.includes('There is no feature group')) left.push(`${group}: ${error.message}`);
    });
  }
  const s3 = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
  try {
    for (let more = true; more;) {
      const { Contents = [], IsTruncated } = await s3.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: `${name}/` }),
      );
      for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
      more = IsTruncated === true;
    }
  } catch (error) {
    left.push(`s3://${bucket}/${name}/: ${(error as Error).message}`);
  }
  rmSync(dir, { recursive: true, force: true });
  return left;
}

try {
  await tour();
} catch (error) {
  process.exitCode = 1;
  console.log(`FAILED       ${(error as Error).message}`);
} finally {
  const left = await cleanUp();
  for (const what of left) console.log(`LEFT BEHIND  ${what}`);
  console.log(left.length === 0 ? 'Everything was removed.' : 'Remove by hand what is left.');
  if (left.length > 0) process.exitCode = 1;
}
