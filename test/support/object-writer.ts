/** A process to be killed: overwrites and deletes a few objects, by default without end, and names each write done. */
import { writeSync } from 'node:fs';
import { openLocal } from '../../src/local/index.js';

const [dir, bucket, seed, turns = 'Infinity'] = process.argv.slice(2) as [string, string, string, string?];
const local = await openLocal({ dir });
const { store } = local;

for (let turn = 0; turn < Number(turns); turn++) {
  const key = `p/${turn % 3}.txt`;
  if (turn % 7 === 6) await store.objects.delete(bucket, key);
  else await store.objects.put(bucket, key, Buffer.from(`${seed}:${turn}\n`.repeat(1 + (turn % 5000))));
  writeSync(1, `${key} ${turn % 7 === 6 ? 'deleted' : turn}\n`);
}
await local.close();
