/** A process of its own that writes records into an embedded store until it is killed; each acknowledged id is a line. */
import { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { openLocal } from '../../src/local/index.js';
import { putCommand } from './groups.js';

const [dir = '', group = '', prefix = '', count = 'Infinity'] = process.argv.slice(2);
const local = await openLocal({ dir });
const client = new SageMakerFeatureStoreRuntimeClient({
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  requestHandler: local.requestHandler,
});
for (let n = 0; n < Number(count); n++) {
  const id = `${prefix}${n}`;
  await client.send(putCommand(group, { id, at: '2026-01-01T00:00:00Z', name: 'x'.repeat(1000) }));
  process.stdout.write(`${id}\n`);
}
await local.store.env.close();
