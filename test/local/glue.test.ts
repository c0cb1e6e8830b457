/** Glue's catalog: the tables that feature groups make, and those that people bring. */
import {
  CreateDatabaseCommand,
  CreateTableCommand,
  DeleteTableCommand,
  GetDatabaseCommand,
  GetDatabasesCommand,
  GetTableCommand,
  GetTablesCommand,
  GlueClient,
} from '@aws-sdk/client-glue';
import { SageMakerClient, UpdateFeatureGroupCommand } from '@aws-sdk/client-sagemaker';
import { beforeAll, expect, test } from 'vitest';
import { throughEveryDoor } from '../support/doors.js';
import { createGroup, definitions } from '../support/groups.js';

throughEveryDoor('Glue', (door) => {
  let glue: GlueClient;
  let sagemaker: SageMakerClient;
  const group = (TableName: string, TableFormat: 'Glue' | 'Iceberg' = 'Glue') =>
    createGroup(sagemaker, TableName.replaceAll('_', '-'), {
      OfflineStoreConfig: {
        S3StorageConfig: { S3Uri: 's3://features/store' },
        TableFormat,
        DataCatalogConfig: { Catalog: 'AwsDataCatalog', Database: 'shop', TableName },
      },
    });
  const get = (Name: string) => glue.send(new GetTableCommand({ DatabaseName: 'shop', Name }));

  beforeAll(() => {
    glue = door.client(GlueClient);
    sagemaker = door.client(SageMakerClient);
  });

  test('a group has a Parquet table without partitions, where its rows are', async () => {
    await group('plain_one');
    const { Table } = await get('PLAIN_ONE');
    expect(Table).toMatchObject({
      Name: 'plain_one',
      DatabaseName: 'shop',
      PartitionKeys: [],
      TableType: 'EXTERNAL_TABLE',
    });
    expect(Table?.StorageDescriptor?.Location).toMatch(
      /^s3:\/\/features\/store\/\d{12}\/sagemaker\/us-east-1\/offline-store\/plain-one-\d+\/data$/,
    );
    expect(Table?.StorageDescriptor?.SerdeInfo?.SerializationLibrary).toMatch(/ParquetHiveSerDe$/);
  });

  test('an Iceberg table says so', async () => {
    await group('berg', 'Iceberg');
    expect((await get('berg')).Table?.Parameters).toMatchObject({ table_type: 'ICEBERG' });
  });

  test('features that are added appear in the table', async () => {
    await group('growing');
    const FeatureAdditions = definitions('Extra-Price:Fractional');
    await sagemaker.send(new UpdateFeatureGroupCommand({ FeatureGroupName: 'growing', FeatureAdditions }));
    const { Table } = await get('growing');
    expect(Table?.StorageDescriptor?.Columns).toContainEqual({ Name: 'extra-price', Type: 'double' });
  });

  test('tables are listed, a page at a time, by a pattern of their names', async () => {
    await group('listed_a');
    await group('listed_b');
    const page = await glue.send(new GetTablesCommand({ DatabaseName: 'shop', Expression: 'listed*', MaxResults: 1 }));
    expect(page.TableList?.map(({ Name }) => Name)).toEqual(['listed_a']);
    const rest = await glue.send(
      new GetTablesCommand({ DatabaseName: 'shop', Expression: 'listed*', NextToken: page.NextToken }),
    );
    expect(rest.TableList?.map(({ Name }) => Name)).toEqual(['listed_b']);
    expect(rest.NextToken).toBeUndefined();
  });

  test('a deleted table is gone; its objects are not asked', async () => {
    await group('doomed');
    await glue.send(new DeleteTableCommand({ DatabaseName: 'shop', Name: 'doomed' }));
    await expect(get('doomed')).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    const again = glue.send(new DeleteTableCommand({ DatabaseName: 'shop', Name: 'doomed' }));
    await expect(again).rejects.toMatchObject({ name: 'EntityNotFoundException' });
  });

  test('databases and tables of one’s own', async () => {
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'Mine' } }));
    const again = glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'mine' } }));
    await expect(again).rejects.toMatchObject({ name: 'AlreadyExistsException' });
    expect((await glue.send(new GetDatabaseCommand({ Name: 'mine' }))).Database?.Name).toBe('mine');
    expect((await glue.send(new GetDatabasesCommand({}))).DatabaseList?.map(({ Name }) => Name)).toContain('mine');
    const TableInput = {
      Name: 't',
      StorageDescriptor: { Location: 's3://mine/t/', Columns: [{ Name: 'A', Type: 'bigint' }] },
    };
    await glue.send(new CreateTableCommand({ DatabaseName: 'mine', TableInput }));
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: 'mine', Name: 't' }));
    expect(Table?.StorageDescriptor).toMatchObject({
      Location: 's3://mine/t',
      Columns: [{ Name: 'a', Type: 'bigint' }],
    });
  });

  test('an unknown database is an unknown entity', async () => {
    const unknown = glue.send(new GetTableCommand({ DatabaseName: 'nope', Name: 't' }));
    await expect(unknown).rejects.toMatchObject({
      name: 'EntityNotFoundException',
      message: 'Database nope not found.',
    });
  });
});
