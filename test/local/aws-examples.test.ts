/** Calls that AWS's own SDK examples and integration tests make around a feature group. */
import {
  AthenaClient,
  CreateWorkGroupCommand,
  DeleteWorkGroupCommand,
  GetWorkGroupCommand,
  ListDataCatalogsCommand,
} from '@aws-sdk/client-athena';
import {
  DeleteDatabaseCommand,
  GetDatabaseCommand,
  GetPartitionsCommand,
  GetTableCommand,
  GlueClient,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { DescribeFeatureGroupCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { beforeAll, expect, test } from 'vitest';
import { throughEveryDoor } from '../support/doors.js';
import { createGroup } from '../support/groups.js';
import { ask } from '../support/queries.js';

throughEveryDoor("AWS's examples", (door) => {
  let glue: GlueClient;
  let athena: AthenaClient;
  let sagemaker: SageMakerClient;
  beforeAll(async () => {
    glue = door.client(GlueClient);
    athena = door.client(AthenaClient);
    sagemaker = door.client(SageMakerClient);
    await createGroup(sagemaker, 'example', {
      OnlineStoreConfig: { EnableOnlineStore: true, StorageType: 'Standard' },
      OfflineStoreConfig: {
        S3StorageConfig: { S3Uri: 's3://features/store' },
        DataCatalogConfig: { Catalog: 'AwsDataCatalog', Database: 'examples', TableName: 'example' },
      },
    });
  });

  test('a storage type that was named is described', async () => {
    const described = await sagemaker.send(new DescribeFeatureGroupCommand({ FeatureGroupName: 'example' }));
    expect(described.OnlineStoreConfig?.StorageType).toBe('Standard');
  });

  test('a table has no partitions, is replaced, and goes with its database', async () => {
    const table = { DatabaseName: 'examples', TableName: 'example' };
    expect((await glue.send(new GetPartitionsCommand(table))).Partitions).toEqual([]);
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: 'examples', Name: 'example' }));
    const { Name, StorageDescriptor, Parameters } = Table!;
    const TableInput = { Name, StorageDescriptor, Parameters: { ...Parameters, owner: 'me' } };
    await glue.send(new UpdateTableCommand({ DatabaseName: 'examples', TableInput }));
    const updated = await glue.send(new GetTableCommand({ DatabaseName: 'examples', Name: 'example' }));
    expect(updated.Table?.Parameters).toMatchObject({ owner: 'me' });
    const options = { QueryExecutionContext: { Database: 'examples' } };
    expect(await ask(athena, 'SELECT count(*) FROM example', options)).toEqual([['_col0'], ['0']]);
    expect(await ask(athena, 'MSCK REPAIR TABLE example', options)).toEqual([]);
    await expect(ask(athena, 'SHOW PARTITIONS example', options)).rejects.toThrow('is not a partitioned table');
    await glue.send(new DeleteDatabaseCommand({ Name: 'examples' }));
    await expect(glue.send(new GetDatabaseCommand({ Name: 'examples' }))).rejects.toThrow('not found');
    await expect(glue.send(new DeleteDatabaseCommand({ Name: 'examples' }))).rejects.toThrow('not found');
  });

  test('a workgroup is deleted, but never the primary one; there is one catalog', async () => {
    await athena.send(new CreateWorkGroupCommand({ Name: 'mine' }));
    await athena.send(new DeleteWorkGroupCommand({ WorkGroup: 'mine' }));
    await expect(athena.send(new GetWorkGroupCommand({ WorkGroup: 'mine' }))).rejects.toThrow('not found');
    await expect(athena.send(new DeleteWorkGroupCommand({ WorkGroup: 'primary' }))).rejects.toThrow(
      'can not be deleted',
    );
    const { DataCatalogsSummary } = await athena.send(new ListDataCatalogsCommand({}));
    expect(DataCatalogsSummary).toEqual([{ CatalogName: 'AwsDataCatalog', Type: 'GLUE' }]);
  });
});
