import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteFeatureGroupCommand,
  DescribeFeatureGroupCommand,
  SageMakerClient,
  UpdateFeatureGroupCommand,
} from '@aws-sdk/client-sagemaker';
import {
  DeleteRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { expect, it } from 'vitest';
import { throughEveryDoor } from '../support/doors.js';
import { createGroup, definitions, putCommand, writeAll } from '../support/groups.js';

throughEveryDoor('the way of a record through all the services', (door) => {
  const athena = () => door.client(AthenaClient);

  async function query(QueryString: string): Promise<(string | undefined)[][]> {
    const ResultConfiguration = { OutputLocation: 's3://features/results/' };
    const { QueryExecutionId } = await athena().send(
      new StartQueryExecutionCommand({ QueryString, ResultConfiguration }),
    );
    for (;;) {
      const { QueryExecution } = await athena().send(new GetQueryExecutionCommand({ QueryExecutionId }));
      const { State, StateChangeReason } = QueryExecution!.Status!;
      if (State === 'SUCCEEDED') break;
      if (State === 'FAILED') throw new Error(StateChangeReason);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { ResultSet } = await athena().send(new GetQueryResultsCommand({ QueryExecutionId }));
    return ResultSet!.Rows!.slice(1).map(({ Data }) => Data!.map(({ VarCharValue }) => VarCharValue));
  }

  it('ends in a table and in files that outlive the group', async () => {
    const sagemaker = door.client(SageMakerClient);
    const runtime = door.client(SageMakerFeatureStoreRuntimeClient);
    const s3 = door.client(S3Client);
    await createGroup(sagemaker, 'journey');
    const { OfflineStoreConfig } = await sagemaker.send(
      new DescribeFeatureGroupCommand({ FeatureGroupName: 'journey' }),
    );
    const { Database, TableName } = OfflineStoreConfig!.DataCatalogConfig!;
    const table = `"${Database}"."${TableName}"`;

    await writeAll(runtime, 'journey', [
      { id: '1', at: '2026-01-01T10:30:00Z', price: '0.1' },
      { id: '2', at: '2026-01-01T11:00:00Z', stock: '9223372036854775807', name: '' },
      { id: '1', at: '2026-01-01T10:00:00Z', price: '0.2' },
    ]);
    const EventTime = '2026-01-02T00:00:00Z';
    const one = { FeatureGroupName: 'journey', RecordIdentifierValueAsString: '1' };
    await runtime.send(new DeleteRecordCommand({ ...one, EventTime }));

    expect(await query(`SELECT id, at, price, stock, name, is_deleted FROM ${table} ORDER BY at, is_deleted`)).toEqual([
      ['1', '2026-01-01T10:00:00Z', '0.2', undefined, undefined, 'false'],
      ['1', '2026-01-01T10:30:00Z', '0.1', undefined, undefined, 'false'],
      ['2', '2026-01-01T11:00:00Z', undefined, '9223372036854775807', '', 'false'],
      ['1', '2026-01-02T00:00:00Z', undefined, undefined, undefined, 'true'],
    ]);

    const FeatureAdditions = definitions('colour:String');
    await sagemaker.send(new UpdateFeatureGroupCommand({ FeatureGroupName: 'journey', FeatureAdditions }));
    await runtime.send(putCommand('journey', { id: '3', at: EventTime, colour: 'red' }));
    expect(await query(`SELECT id, colour FROM ${table} WHERE colour IS NOT NULL`)).toEqual([['3', 'red']]);

    await sagemaker.send(new DeleteFeatureGroupCommand({ FeatureGroupName: 'journey' }));
    const prefix = new URL(OfflineStoreConfig!.S3StorageConfig!.ResolvedOutputS3Uri!).pathname.slice(1);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'features', Prefix: prefix }));
    expect(Contents!.map(({ Key }) => Key!.slice(prefix.length).replace(/\/\d+T.*/, ''))).toEqual(
      expect.arrayContaining(['/year=2026/month=01/day=01/hour=10', '/year=2026/month=01/day=02/hour=00']),
    );
    const found = await door.client(GlueClient).send(new GetTableCommand({ DatabaseName: Database, Name: TableName }));
    expect(found.Table?.StorageDescriptor?.Columns).toHaveLength(9);
    expect(await query(`SELECT count(*) FROM ${table}`)).toEqual([['5']]);
  });

  it('keeps keys as they are, dots and slashes and all', async () => {
    const s3 = door.client(S3Client);
    for (const Key of ['a/../b', './a//b/.', '%2e%2E/é ü+?&=#', '/lead']) {
      await s3.send(new PutObjectCommand({ Bucket: 'features', Key, Body: Key }));
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'features', Key }));
      expect(await Body!.transformToString()).toBe(Key);
    }
  });
});
