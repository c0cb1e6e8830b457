/** A store with a feature group of each kind that a test asks for, made by the command line itself. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localStore } from './run.js';

export const OFFLINE_STORE = [
  '--s3-uri',
  's3://bucket/features',
  '--execution-role-arn',
  'arn:aws:iam::000000000000:role/features',
];

const FEATURES = { id: 'String', event_time: 'String', age: 'Integral', city: 'String', score: 'Fractional' };

/** `create(name, …more)` makes a group of id, event_time, age, city and score. */
export async function storeWithGroups() {
  const store = await localStore();
  const schema = join(store.dir, 'features.schema.json');
  const definitions = Object.entries(FEATURES).map(([FeatureName, FeatureType]) => ({ FeatureName, FeatureType }));
  await writeFile(schema, JSON.stringify(definitions));
  const create = async (name: string, ...more: string[]) => {
    const { code, stderr } = await store.run(['create', name, '--schema-file', schema, ...more]);
    if (code !== 0) throw new Error(stderr);
  };
  const json = async <T>(...argv: string[]) => JSON.parse((await store.run(argv)).stdout) as T;
  const write = (file: string, text: string) => writeFile(join(store.dir, file), text);
  return { ...store, create, json, write };
}
