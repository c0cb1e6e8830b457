/** What AWS's documentation leaves open: asked of the service itself, and compared with what the embedded store does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteRecordCommand,
  GetRecordCommand,
  ListRecordsCommand,
  PutRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';

interface Asking {
  group: string;
  bucket: string;
  prefix: string;
  report(line: string): void;
}

const LISTED_WITHIN_MS = 60_000;

/** Prints each answer: `established` where it is that of the embedded store, `refuted` with what it is otherwise. */
export async function askTheService({ group: FeatureGroupName, bucket, prefix, report }: Asking): Promise<void> {
  const runtime = new SageMakerFeatureStoreRuntimeClient({});
  const s3 = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
  const put = (id: string, score: string, at = '2026-01-01T00:00:00Z') => {
    const values = { id, event_time: at, score };
    const Record = Object.entries(values).map(([FeatureName, ValueAsString]) => ({ FeatureName, ValueAsString }));
    return runtime.send(new PutRecordCommand({ FeatureGroupName, Record }));
  };
  const get = async (RecordIdentifierValueAsString: string, FeatureNames?: string[]) => {
    const { Record } = await runtime.send(
      new GetRecordCommand({ FeatureGroupName, RecordIdentifierValueAsString, FeatureNames }),
    );
    return Record?.find(({ FeatureName }) => FeatureName === 'score')?.ValueAsString;
  };
  const remove = (id: string, DeletionMode: 'SoftDelete' | 'HardDelete') => {
    const EventTime = '2026-01-02T00:00:00Z';
    const record = { FeatureGroupName, RecordIdentifierValueAsString: id, EventTime, DeletionMode };
    return runtime.send(new DeleteRecordCommand(record));
  };

  const questions: [question: string, expected: string, answer: () => Promise<string>][] = [
    [
      'a put of the same event time',
      'overwrites',
      async () => {
        await put('equal', '1');
        await put('equal', '2');
        return (await get('equal')) === '2' ? 'overwrites' : 'is filed as history';
      },
    ],
    [
      'an older put',
      'leaves the record',
      async () => {
        await put('equal', '3', '2025-01-01T00:00:00Z');
        return (await get('equal')) === '3' ? 'overwrites' : 'leaves the record';
      },
    ],
    ['a soft deletion of no record', 'succeeds', () => remove('nobody', 'SoftDelete').then(() => 'succeeds')],
    ['a hard deletion of no record', 'succeeds', () => remove('nobody-else', 'HardDelete').then(() => 'succeeds')],
    [
      'an older put after a hard deletion',
      'is the record again',
      async () => {
        await remove('equal', 'HardDelete');
        await put('equal', '4', '2025-01-01T00:00:00Z');
        return (await get('equal')) === '4' ? 'is the record again' : 'is filed as history';
      },
    ],
    [
      'a read of a feature that is not there',
      'ValidationError',
      () => get('equal', ['nothing']).then(() => 'succeeds'),
    ],
    [
      'ListRecords has a new record',
      'at once',
      async () => {
        await put('listed', '1');
        for (const began = Date.now(); Date.now() - began < LISTED_WITHIN_MS; await sleep(500)) {
          const { RecordIdentifiers = [] } = await runtime.send(
            new ListRecordsCommand({ FeatureGroupName, MaxResults: 100 }),
          );
          if (RecordIdentifiers.includes('listed'))
            return Date.now() - began < 500 ? 'at once' : `after ${Date.now() - began} ms`;
        }
        return `not within ${LISTED_WITHIN_MS / 1000} s`;
      },
    ],
    [
      'objects in a new offline store',
      'none but data',
      async () => {
        const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
        const others = Contents.filter(({ Key }) => !Key!.endsWith('.parquet')).map(
          ({ Key, Size }) => `${Key} (${Size} bytes)`,
        );
        return others.length === 0 ? 'none but data' : others.join(', ');
      },
    ],
  ];
  for (const [question, expected, answer] of questions) {
    const found = await answer().catch((error: Error) => error.name);
    report(
      found === expected ? `established  ${question}: ${found}` : `refuted      ${question}: ${found}, not ${expected}`,
    );
  }
  report('not asked    the text of a throttle: it takes more calls than a smoke test should cost');
}
