/** Feature groups to be cleared, and what must not change beside them. */
import type { CreateFeatureGroupCommandInput } from '@aws-sdk/client-sagemaker';
import {
  BatchGetRecordCommand,
  DeleteRecordCommand,
  ListRecordsCommand,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { readFileSync } from 'node:fs';
import type { LocalOptions } from '../../src/local/index.js';
import { createGroup, plain, putCommand, writeAll, type PlainRecord } from './groups.js';
import { openWire } from './wire.js';

export const AT = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;

/** p0, p1, … at one time. */
export const people = (count: number, prefix = 'p'): PlainRecord[] =>
  Array.from({ length: count }, (_, number) => ({
    id: `${prefix}${number}`,
    at: AT(0),
    name: `person ${number}`,
    stock: String(number),
  }));

export async function openClearStore(options: Partial<LocalOptions> = {}) {
  const opened = await openWire(options);
  const { local, sagemaker, runtime } = opened;
  const { store } = local;
  const groupNamed = (name: string) => store.groups.find('us-east-1', name)!;
  const prefixOf = (name: string) => `${groupNamed(name).offline!.resolvedOutputS3Uri.replace('s3://features/', '')}/`;
  const objectsUnder = (prefix: string, bucket = 'features') => [...store.objects.list(bucket, prefix)];
  return {
    ...opened,
    prefixOf,
    objectsUnder,
    create: (name: string, change: Partial<CreateFeatureGroupCommandInput> = {}) =>
      createGroup(sagemaker, name, change),
    async put(name: string, ...records: PlainRecord[]) {
      await writeAll(runtime, name, records);
      await store.offline.flush();
    },
    softDelete: (name: string, id: string, EventTime: string) =>
      runtime.send(new DeleteRecordCommand({ FeatureGroupName: name, RecordIdentifierValueAsString: id, EventTime })),
    async get(name: string, id: string): Promise<PlainRecord | undefined> {
      const Identifiers = [{ FeatureGroupName: name, RecordIdentifiersValueAsString: [id] }];
      const { Records } = await runtime.send(new BatchGetRecordCommand({ Identifiers }));
      return plain(Records?.[0]?.Record);
    },
    putOne: (name: string, record: PlainRecord) => runtime.send(putCommand(name, record)),
    /** Tombstones too. */
    async listed(name: string): Promise<string[]> {
      const query = { FeatureGroupName: name, MaxResults: 100, IncludeSoftDeletedRecords: true };
      const identifiers: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await runtime.send(new ListRecordsCommand({ ...query, NextToken }));
        identifiers.push(...page.RecordIdentifiers!);
        NextToken = page.NextToken;
      } while (NextToken);
      return identifiers.sort();
    },
    /** Every record and every byte that is not the group's own. */
    outside(name: string, { own, id } = { own: prefixOf(name), id: groupNamed(name).id }): Record<string, unknown> {
      const seen: Record<string, unknown> = {};
      for (const group of store.groups.list('us-east-1')) {
        seen[`group ${group.name}`] = JSON.stringify(group);
        if (group.id !== id)
          for (const { record } of store.online.scan(group.id)) seen[`${group.name} ${record.identifier}`] = record;
      }
      for (const { name: bucket } of store.objects.buckets.list()) {
        for (const version of store.objects.listVersions(bucket, '')) {
          if (bucket === 'features' && [own, 'sagemaker-fs/athena/'].some((prefix) => version.key.startsWith(prefix)))
            continue;
          const bytes = 'file' in version ? readFileSync(version.file).toString('base64') : 'marker';
          seen[`${bucket}/${version.key} ${version.versionId}`] = bytes;
        }
      }
      return seen;
    },
    changing: () => opened.wire.requests.filter(({ changes }) => changes),
    clear: (name: string, ...argv: string[]) => opened.run(['clear', name, ...argv]),
  };
}
