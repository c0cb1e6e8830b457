/** A store on a watched wire, with the groups, records and queries that a migration needs. */
import type { CreateFeatureGroupCommandInput } from '@aws-sdk/client-sagemaker';
import type { LocalOptions } from '../../src/local/index.js';
import { createGroup, writeAll, type PlainRecord } from './groups.js';
import { readOnline } from './histories.js';
import { openWire } from './wire.js';

export async function watchedStore(options: Partial<LocalOptions> = {}) {
  const opened = await openWire(options);
  const { local, sagemaker, runtime } = opened;
  const { executions } = local.store.queries;
  return {
    ...opened,
    create: (name: string, change: Partial<CreateFeatureGroupCommandInput> = {}) =>
      createGroup(sagemaker, name, change),
    put: (name: string, records: PlainRecord[]) => writeAll(runtime, name, records),
    online: (name: string, identifiers: Iterable<string>) => readOnline(runtime, name, identifiers),
    /** What Athena was asked, oldest first. */
    queries: () =>
      executions
        .list('us-east-1', 'primary')
        .reverse()
        .map((id) => local.store.queries.get('us-east-1', id)),
  };
}
