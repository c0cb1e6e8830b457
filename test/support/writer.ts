/** A process to be killed: puts records without end, flushes now and then, and names each record that was acknowledged. */
import { PutRecordCommand, SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { writeSync } from 'node:fs';
import { openLocal } from '../../src/local/index.js';

const [dir, prefix] = process.argv.slice(2) as [string, string];
const { store, requestHandler } = await openLocal({ dir });
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const runtime = new SageMakerFeatureStoreRuntimeClient({ region: 'us-east-1', credentials, requestHandler });

async function write(lane: number): Promise<never> {
  for (let i = 0; ; i++) {
    const id = `${prefix}-${lane}-${i}`;
    const at = new Date(Date.UTC(2026, 0, 1, i % 24)).toISOString().replace('.000', '');
    const Record = Object.entries({ id, at }).map(([FeatureName, ValueAsString]) => ({ FeatureName, ValueAsString }));
    await runtime.send(new PutRecordCommand({ FeatureGroupName: 'items', Record }));
    writeSync(1, `${id}\n`);
  }
}

async function flush(): Promise<never> {
  for (;;) {
    await store.offline.flush();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

await Promise.all([write(0), write(1), flush(), flush()]);
