/** A server whose disk is full: it answers 500, lives on, and what it acknowledged is there afterwards. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  BatchWriteRecordCommand,
  GetRecordCommand,
  PutRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { expect, it, onTestFinished } from 'vitest';
import { openLocal } from '../../src/local/index.js';
import { createGroup } from '../support/groups.js';
import { temporaryFolder } from '../support/run.js';

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'sagemaker-fs.js');
/** In blocks of 512 or 1024 bytes, as the shell has it: no file gets larger, which is what a full disk looks like. */
const LARGEST = 2048;

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const at = '2026-01-01T00:00:00Z';
const record = (id: string) => [
  { FeatureName: 'id', ValueAsString: id },
  { FeatureName: 'at', ValueAsString: at },
  { FeatureName: 'name', ValueAsString: 'x'.repeat(5000) },
];

// There is no such limit on Windows.
it.skipIf(process.platform === 'win32')('answers 500 and lives', async () => {
  const dir = join(await temporaryFolder(), 'store');
  const limited = `ulimit -f ${LARGEST} && exec "$0" "$@"`;
  const argv = ['-c', limited, process.execPath, BIN, 'local', 'serve', '--port', '0', '--local-dir', dir];
  const server = spawn('sh', argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void server.kill('SIGKILL'));
  let endpoint = '';
  for await (const line of createInterface({ input: server.stdout })) {
    if ((endpoint = /^export AWS_ENDPOINT_URL=(.+)$/.exec(line)?.[1] ?? '')) break;
  }
  const options = { region: 'us-east-1', credentials, endpoint, maxAttempts: 1 };
  const runtime = new SageMakerFeatureStoreRuntimeClient(options);
  await createGroup(new SageMakerClient(options), 'people');

  const acknowledged: string[] = [];
  let failed = 0;
  for (let id = 0; failed < 20 && id < 2000; id += 4) {
    const puts = Array.from({ length: 4 }, async (_, i) => {
      const Record = record(`${id + i}`);
      const batch = new BatchWriteRecordCommand({ Entries: [{ FeatureGroupName: 'people', Record }] });
      const single = new PutRecordCommand({ FeatureGroupName: 'people', Record });
      try {
        await (i % 2 ? runtime.send(batch) : runtime.send(single));
        acknowledged.push(`${id + i}`);
      } catch (error) {
        expect(error).toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
        failed += 1;
      }
    });
    await Promise.all(puts);
  }
  expect(failed).toBeGreaterThanOrEqual(20);
  expect(acknowledged.length).toBeGreaterThan(20);

  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const object = { Bucket: 'features', Key: 'large', Body: Buffer.alloc(LARGEST * 1024 + 1) };
  await expect(s3.send(new PutObjectCommand(object))).rejects.toBeDefined();
  const read = (RecordIdentifierValueAsString: string) =>
    runtime.send(new GetRecordCommand({ FeatureGroupName: 'people', RecordIdentifierValueAsString }));
  expect((await read('0')).Record).toEqual(record('0'));
  expect(server.exitCode).toBeNull();
  server.kill('SIGKILL');
  await once(server, 'exit');

  const local = await openLocal({ dir });
  onTestFinished(() => local.close());
  const there = acknowledged.filter((id) =>
    local.store.online.get(local.store.groups.find('us-east-1', 'people')!.id, id),
  );
  expect(there).toEqual(acknowledged);
});
