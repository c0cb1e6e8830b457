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
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  AddTagsCommand,
  DescribeFeatureGroupCommand,
  SageMakerClient,
  SearchCommand,
  UpdateFeatureMetadataCommand,
} from '@aws-sdk/client-sagemaker';
import type { SearchCommandInput } from '@aws-sdk/client-sagemaker';
import { beforeAll, describe, expect, test } from 'vitest';
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
    const stale = glue.send(
      new UpdateTableCommand({ DatabaseName: 'examples', TableInput, VersionId: Table!.VersionId }),
    );
    await expect(stale).rejects.toThrow('concurrent modifications');
    expect(await ask(athena, 'SELECT count(*) FROM example', options)).toEqual([['_col0'], ['0']]);
    expect(await ask(athena, 'MSCK REPAIR TABLE example', options)).toEqual([]);
    expect(await ask(athena, 'SHOW TABLES IN `examples`')).toEqual([['example']]);
    expect(await ask(athena, 'DROP TABLE IF EXISTS `examples`.`none`')).toEqual([]);
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

  test('a bucket keeps its policy; what was never configured is as S3 makes it', async () => {
    const s3 = door.client(S3Client, { forcePathStyle: true });
    const bucket = { Bucket: 'configured' };
    await s3.send(new CreateBucketCommand(bucket));
    await expect(s3.send(new GetBucketPolicyCommand(bucket))).rejects.toThrow('The bucket policy does not exist');
    for (const Policy of ['{"Version"', '[]', 'null', '{"Version": "2012-10-17"}']) {
      const put = s3.send(new PutBucketPolicyCommand({ ...bucket, Policy }));
      await expect(put).rejects.toMatchObject({ name: 'MalformedPolicy' });
    }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
    await s3.send(new PutBucketPolicyCommand({ ...bucket, Policy }));
    expect((await s3.send(new GetBucketPolicyCommand(bucket))).Policy).toBe(Policy);
    await s3.send(new DeleteBucketPolicyCommand(bucket));
    await expect(s3.send(new GetBucketPolicyCommand(bucket))).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' });

    const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand(bucket));
    expect(ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe(
      'AES256',
    );
    const { PublicAccessBlockConfiguration } = await s3.send(new GetPublicAccessBlockCommand(bucket));
    expect(PublicAccessBlockConfiguration?.BlockPublicPolicy).toBe(true);
    const { OwnershipControls } = await s3.send(new GetBucketOwnershipControlsCommand(bucket));
    expect(OwnershipControls?.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
    const missing = { name: 'NoSuchLifecycleConfiguration' };
    await expect(s3.send(new GetBucketLifecycleConfigurationCommand(bucket))).rejects.toMatchObject(missing);
    await expect(s3.send(new GetBucketTaggingCommand(bucket))).rejects.toMatchObject({ name: 'NoSuchTagSet' });
    await expect(s3.send(new GetBucketTaggingCommand({ Bucket: 'nowhere' }))).rejects.toThrow('does not exist');
  });

  describe('Search', () => {
    const search = async (input: Partial<SearchCommandInput>): Promise<unknown[]> => {
      const { Results = [] } = await sagemaker.send(new SearchCommand({ Resource: 'FeatureGroup', ...input }));
      return Results.map(({ FeatureGroup: group, FeatureMetadata: feature }) =>
        group ? group.FeatureGroupName : feature?.FeatureName,
      );
    };
    const where = (
      Name: string,
      Operator?: 'Equals' | 'NotEquals' | 'Contains' | 'GreaterThan' | 'In',
      Value?: string,
    ) => ({
      SearchExpression: { Filters: [{ Name, Operator, Value }] },
    });

    beforeAll(async () => {
      const ResourceArn = await createGroup(sagemaker, 'another');
      await sagemaker.send(new AddTagsCommand({ ResourceArn, Tags: [{ Key: 'cost.centre', Value: 'fraud' }] }));
      const feature = {
        FeatureGroupName: 'another',
        FeatureName: 'id',
        ParameterAdditions: [{ Key: 'pii', Value: 'no' }],
      };
      await sagemaker.send(new UpdateFeatureMetadataCommand(feature));
    });

    test.each([
      ['a name, without an operator', where('FeatureGroupName', undefined, 'another'), ['another']],
      ['a part of a name', where('FeatureGroupName', 'Contains', 'nothe'), ['another']],
      ['one of a list', where('FeatureGroupName', 'In', 'x,example'), ['example']],
      ['a tag', where('Tags.cost.centre', 'Equals', 'fraud'), ['another']],
      [
        'a member of a structure',
        where('OfflineStoreConfig.DataCatalogConfig.Database', 'Equals', 'examples'),
        ['example'],
      ],
      ['an element of a list', where('FeatureDefinitions.FeatureName', 'Equals', 'no such feature'), []],
      ['a time', where('CreationTime', 'GreaterThan', '2020-01-01T00:00:00Z'), ['another', 'example']],
      ['anything', {}, ['another', 'example']],
      ['nothing of another kind', { Resource: 'TrainingJob' as const }, []],
    ])('finds groups by %s', async (_what, input, found) => {
      expect(await search({ SortBy: 'FeatureGroupName', SortOrder: 'Ascending', ...input })).toEqual(found);
    });

    test('joins filters and expressions by And and Or, and finds features by their parameters, page by page', async () => {
      const either = {
        Operator: 'Or',
        SubExpressions: ['another', 'none'].map((name) => where('FeatureGroupName', 'Equals', name).SearchExpression),
      } as const;
      expect(await search({ SearchExpression: either })).toEqual(['another']);
      expect(await search({ Resource: 'FeatureMetadata', ...where('Parameters.pii', 'Equals', 'no') })).toEqual(['id']);
      const first = await sagemaker.send(new SearchCommand({ Resource: 'FeatureGroup', MaxResults: 1 }));
      expect(first).toMatchObject({ TotalHits: { Value: 2, Relation: 'EqualTo' } });
      const rest = await search({ NextToken: first.NextToken });
      expect([first.Results?.[0]?.FeatureGroup?.FeatureGroupName, ...rest].sort()).toEqual(['another', 'example']);
    });

    test.each([
      ['a resource that SageMaker has not', { Resource: 'Nothing' as 'Job' }, 'Member must satisfy enum value set'],
      ['a property that groups have not', where('Colour', 'Equals', 'red'), 'Unknown property name: Colour'],
      ['an order of texts', where('FeatureGroupName', 'GreaterThan', 'a'), 'is not for the text property'],
      ['a filter without a value', where('FeatureGroupName', 'Contains'), 'needs a Value'],
      ['an expression of nothing', { SearchExpression: {} }, 'needs a filter'],
    ])('refuses %s', async (_what, input, message) => {
      await expect(search(input)).rejects.toThrow(message);
    });
  });

  const get = (path: string, init: RequestInit = {}, service = 'iam'): Promise<Response> => {
    const scope = `local/20261126/us-east-1/${service}/aws4_request`;
    const query = service === 's3' ? `?X-Amz-Credential=${encodeURIComponent(scope)}` : '';
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
    if (service !== 's3') headers.authorization = `AWS4-HMAC-SHA256 Credential=${scope}`;
    return door.local.fetch(new Request(`http://localhost${path}${query}`, { headers, ...init }));
  };

  test("the name of an execution role becomes its ARN; a role's name is checked, and the action can be denied", async () => {
    const ask = (RoleName: string) =>
      get('/', { method: 'POST', body: String(new URLSearchParams({ Action: 'GetRole', RoleName })) });
    expect(await (await ask('SageMakerRole')).text()).toContain(
      '<Arn>arn:aws:iam::000000000000:role/SageMakerRole</Arn>',
    );
    const refused = await ask('a role');
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('[\\w+=,.@-]+')]);
    door.local.faults.deny = ['iam:GetRole', 'sagemaker:Search', 's3:GetBucketPolicy'];
    expect((await ask('SageMakerRole')).status).toBe(403);
    await expect(sagemaker.send(new SearchCommand({ Resource: 'FeatureGroup' }))).rejects.toThrow('sagemaker:Search');
    const s3 = door.client(S3Client, { forcePathStyle: true });
    await expect(s3.send(new GetBucketPolicyCommand({ Bucket: 'features' }))).rejects.toThrow('s3:GetBucketPolicy');
    door.local.faults.deny = [];
  });

  test("a presigned PUT with a form's content type is S3's", async () => {
    const put = await get('/features/form', { method: 'PUT', body: 'a=1' }, 's3');
    expect(put.status).toBe(200);
    expect(door.local.store.objects.head('features', 'form')?.contentType).toBe('application/x-www-form-urlencoded');
  });
});
