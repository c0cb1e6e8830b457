import {
  AddTagsCommand,
  CreateFeatureGroupCommand,
  DeleteFeatureGroupCommand,
  DeleteTagsCommand,
  DescribeFeatureGroupCommand,
  DescribeFeatureMetadataCommand,
  ListFeatureGroupsCommand,
  ListTagsCommand,
  SageMakerClient,
  UpdateFeatureGroupCommand,
  UpdateFeatureMetadataCommand,
} from '@aws-sdk/client-sagemaker';
import type {
  CreateFeatureGroupCommandInput,
  ListFeatureGroupsCommandInput,
  UpdateFeatureGroupCommandInput,
} from '@aws-sdk/client-sagemaker';
import { afterEach, beforeEach, expect, it, describe } from 'vitest';
import { openThrowAway, throughEveryDoor } from '../support/doors.js';
import { createGroup, definitions, groupInput, OFFLINE, ONLINE, ROLE } from '../support/groups.js';
import { textLike, textWith } from '../support/matching.js';
import type { Local } from '../../src/local/index.js';

const describeCommand = (FeatureGroupName: string) => new DescribeFeatureGroupCommand({ FeatureGroupName });

throughEveryDoor('the control plane', (door) => {
  const client = () => door.client(SageMakerClient);

  it('describes a group with both stores as the service does', async () => {
    const arn = await createGroup(client(), 'Both-Stores', { Description: 'two of them' });
    expect(arn).toBe('arn:aws:sagemaker:us-east-1:000000000000:feature-group/both-stores');
    const group = await client().send(describeCommand('Both-Stores'));
    const epoch = Math.floor(group.CreationTime!.getTime() / 1000);
    const s3Uri = 's3://features/store';
    expect(group).toMatchObject({
      FeatureGroupArn: arn,
      FeatureGroupName: 'Both-Stores',
      RecordIdentifierFeatureName: 'id',
      EventTimeFeatureName: 'at',
      OnlineStoreConfig: { EnableOnlineStore: true },
      OfflineStoreConfig: {
        S3StorageConfig: {
          S3Uri: s3Uri,
          ResolvedOutputS3Uri: `${s3Uri}/000000000000/sagemaker/us-east-1/offline-store/Both-Stores-${epoch}/data`,
        },
        DisableGlueTableCreation: false,
        DataCatalogConfig: {
          Catalog: 'AwsDataCatalog',
          Database: 'sagemaker_featurestore',
          TableName: `both_stores_${epoch}`,
        },
        TableFormat: 'Glue',
      },
      ThroughputConfig: { ThroughputMode: 'OnDemand' },
      RoleArn: ROLE,
      FeatureGroupStatus: 'Created',
      OfflineStoreStatus: { Status: 'Active' },
      Description: 'two of them',
      OnlineStoreTotalSizeBytes: 0,
    });
    expect(group).not.toHaveProperty('NextToken');
    expect(group.FeatureDefinitions).toHaveLength(5);
  });

  it('finds a group by its ARN, whose name knows no case, and by its exact name', async () => {
    const arn = await createGroup(client(), 'ByArn');
    await expect(client().send(describeCommand(arn))).resolves.toMatchObject({ FeatureGroupName: 'ByArn' });
    await expect(client().send(describeCommand(arn.replace('byarn', 'BYARN')))).resolves.toBeDefined();
    await expect(client().send(describeCommand('byarn'))).rejects.toMatchObject({
      name: 'ResourceNotFound',
      message: "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name byarn",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('keeps the groups of two regions apart', async () => {
    await createGroup(client(), 'regional');
    const elsewhere = door.client(SageMakerClient, { region: 'eu-west-1' });
    await expect(elsewhere.send(describeCommand('regional'))).rejects.toThrow(/Resource Not Found/);
    const arn = await createGroup(elsewhere, 'regional');
    expect(arn).toBe('arn:aws:sagemaker:eu-west-1:000000000000:feature-group/regional');
  });

  it('refuses a name that is taken, in any case of letters', async () => {
    await createGroup(client(), 'taken');
    for (const name of ['taken', 'TAKEN']) {
      await expect(createGroup(client(), name)).rejects.toMatchObject({
        name: 'ResourceInUse',
        message: textWith(`Resource Already Exists: FeatureGroup with name ${name} already exists.`),
      });
    }
  });

  it('words broken rules as the service does', async () => {
    await expect(createGroup(client(), 'a'.repeat(65))).rejects.toMatchObject({
      name: 'ValidationException',
      message: textLike(
        /^1 validation error detected: Value 'a+' at 'featureGroupName' failed to satisfy constraint: Member must have length less than or equal to 64$/,
      ),
    });
    const wrong = groupInput('two-errors', {
      FeatureDefinitions: [
        { FeatureName: 'id', FeatureType: 'Text' as never },
        { FeatureName: 'ends-', FeatureType: 'String' },
      ],
    });
    await expect(client().send(new CreateFeatureGroupCommand(wrong))).rejects.toThrow(
      "2 validation errors detected: Value 'Text' at 'featureDefinitions.1.member.featureType' failed to satisfy " +
        'constraint: Member must satisfy enum value set: [Integral, Fractional, String]; ' +
        "Value 'ends-' at 'featureDefinitions.2.member.featureName' failed to satisfy constraint: Member must satisfy " +
        'regular expression pattern: [a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}',
    );
  });

  const vector = { FeatureName: 'v', FeatureType: 'Fractional', CollectionType: 'Vector' } as const;
  const key = definitions('id:String, at:String');
  const inMemory = { ...ONLINE, StorageType: 'InMemory' } as const;
  const refused: [why: string, change: Partial<CreateFeatureGroupCommandInput>, words: RegExp][] = [
    ['no store', { OnlineStoreConfig: {}, OfflineStoreConfig: undefined }, /at least one of/],
    ['an unknown identifier', { RecordIdentifierFeatureName: 'who' }, /who is not among/],
    ['an unknown event time', { EventTimeFeatureName: 'when' }, /when is not among/],
    ['an Integral event time', { EventTimeFeatureName: 'stock' }, /String or Fractional/],
    ['a reserved name', { FeatureDefinitions: definitions('id:String, at:String, Write_Time:String') }, /reserved/],
    ['names that differ in case', { FeatureDefinitions: definitions('id:String, at:String, ID:String') }, /twice/],
    ['an offline store without role', { RoleArn: undefined }, /RoleArn is required/],
    ['InMemory with an offline store', { OnlineStoreConfig: inMemory }, /no offline store/],
    ['a collection in a Standard store', { FeatureDefinitions: [...key, vector] }, /InMemory/],
    [
      'two vectors',
      {
        OnlineStoreConfig: inMemory,
        OfflineStoreConfig: undefined,
        FeatureDefinitions: [
          ...key,
          { ...vector, CollectionConfig: { VectorConfig: { Dimension: 2 } } },
          { ...vector, FeatureName: 'w', CollectionConfig: { VectorConfig: { Dimension: 2 } } },
        ],
      },
      /at most one feature of collection type Vector/,
    ],
    [
      'Iceberg with a Fractional event time',
      { EventTimeFeatureName: 'price', OfflineStoreConfig: { ...OFFLINE, TableFormat: 'Iceberg' } },
      /Iceberg needs an event time feature of type String/,
    ],
    [
      'Iceberg without a table',
      { OfflineStoreConfig: { ...OFFLINE, TableFormat: 'Iceberg', DisableGlueTableCreation: true } },
      /not permitted for the table format Iceberg/,
    ],
    [
      'another catalog',
      { OfflineStoreConfig: { ...OFFLINE, DataCatalogConfig: { Catalog: 'hive', Database: 'd', TableName: 't' } } },
      /Catalog must be AwsDataCatalog/,
    ],
    [
      'a TTL without an online store',
      { OnlineStoreConfig: { TtlDuration: { Unit: 'Days', Value: 1 } } },
      /needs an online store/,
    ],
    [
      'Provisioned without units',
      { ThroughputConfig: { ThroughputMode: 'Provisioned' } },
      /needs read and write capacity units/,
    ],
  ];
  it.each(refused)('refuses a group with %s', async (_why, change, words) => {
    const failing = createGroup(client(), 'refused', change);
    await expect(failing).rejects.toMatchObject({ name: 'ValidationException', message: textLike(words) });
    await expect(client().send(describeCommand('refused'))).rejects.toThrow(/Resource Not Found/);
  });

  it('takes every kind of group that there is', async () => {
    const kinds: Record<string, Partial<CreateFeatureGroupCommandInput>> = {
      'online-only': { OfflineStoreConfig: undefined, RoleArn: undefined },
      'offline-only': { OnlineStoreConfig: undefined },
      iceberg: { OfflineStoreConfig: { ...OFFLINE, TableFormat: 'Iceberg' } },
      'v-2': { OnlineStoreConfig: { ...ONLINE, StorageType: 'Standard_V2', TtlDuration: { Unit: 'Hours', Value: 2 } } },
      'in-memory': {
        OnlineStoreConfig: inMemory,
        OfflineStoreConfig: undefined,
        FeatureDefinitions: [...key, { ...vector, CollectionConfig: { VectorConfig: { Dimension: 3 } } }],
      },
    };
    for (const [name, change] of Object.entries(kinds)) await createGroup(client(), name, change);
    const described = async (name: string) => client().send(describeCommand(name));
    expect((await described('online-only')).OfflineStoreConfig).toBeUndefined();
    expect((await described('offline-only')).OnlineStoreConfig).toBeUndefined();
    expect((await described('iceberg')).OfflineStoreConfig?.TableFormat).toBe('Iceberg');
    expect((await described('v-2')).OnlineStoreConfig).toEqual({
      EnableOnlineStore: true,
      StorageType: 'Standard_V2',
      TtlDuration: { Unit: 'Hours', Value: 2 },
    });
    expect((await described('in-memory')).FeatureDefinitions![2]).toEqual({
      ...vector,
      CollectionConfig: { VectorConfig: { Dimension: 3 } },
    });
  });

  describe('with a Glue table of the caller', () => {
    const place = { Catalog: 'AwsDataCatalog', Database: 'shop', TableName: 'orders' };

    it('makes it, and fails the second group that wants the same', async () => {
      const change = { OfflineStoreConfig: { ...OFFLINE, DataCatalogConfig: place } };
      await createGroup(client(), 'first', change);
      await createGroup(client(), 'second', change);
      expect(door.local.store.tables.get('us-east-1', 'shop', 'orders')?.columns.map(({ name }) => name)).toEqual([
        ...['id', 'at', 'price', 'stock', 'name'],
        ...['write_time', 'api_invocation_time', 'is_deleted'],
      ]);
      await expect(client().send(describeCommand('second'))).resolves.toMatchObject({
        FeatureGroupStatus: 'CreateFailed',
        FailureReason: textWith('shop.orders already exists'),
      });
    });

    it('leaves it to the caller when table creation is off', async () => {
      const off = { ...OFFLINE, DisableGlueTableCreation: true };
      const own = { ...place, TableName: 'own' };
      await createGroup(client(), 'own-table', { OfflineStoreConfig: { ...off, DataCatalogConfig: own } });
      await createGroup(client(), 'no-table', { OfflineStoreConfig: off });
      expect(door.local.store.tables.get('us-east-1', 'shop', 'own')).toBeUndefined();
      const catalogOf = async (name: string) =>
        (await client().send(describeCommand(name))).OfflineStoreConfig?.DataCatalogConfig;
      expect(await catalogOf('own-table')).toEqual(own);
      expect(await catalogOf('no-table')).toBeUndefined();
    });
  });

  describe('updates', () => {
    const updating = (name: string, change: Partial<UpdateFeatureGroupCommandInput>) =>
      client().send(new UpdateFeatureGroupCommand({ FeatureGroupName: name, ...change }));

    it('adds features, to the table as well', async () => {
      const arn = await createGroup(client(), 'growing');
      await updating(arn, { FeatureAdditions: definitions('colour:String, weight:Fractional') });
      const group = await client().send(describeCommand('growing'));
      expect(group.FeatureDefinitions?.map(({ FeatureName }) => FeatureName).slice(-2)).toEqual(['colour', 'weight']);
      expect(group.LastUpdateStatus).toEqual({ Status: 'Successful' });
      const { Database, TableName } = group.OfflineStoreConfig!.DataCatalogConfig!;
      const columns = door.local.store.tables.get('us-east-1', Database!, TableName!)!.columns;
      expect(columns).toContainEqual({ name: 'weight', type: 'double' });
    });

    it('refuses a feature that is there, and a reserved one', async () => {
      await createGroup(client(), 'grown');
      await expect(updating('grown', { FeatureAdditions: definitions('PRICE:String') })).rejects.toThrow(/twice/);
      await expect(updating('grown', { FeatureAdditions: definitions('is_deleted:String') })).rejects.toThrow(
        /reserved/,
      );
    });

    it('sets and takes away the TTL', async () => {
      await createGroup(client(), 'ttl');
      const ttlOf = async () => (await client().send(describeCommand('ttl'))).OnlineStoreConfig?.TtlDuration;
      await updating('ttl', { OnlineStoreConfig: { TtlDuration: { Unit: 'Days', Value: 30 } } });
      expect(await ttlOf()).toEqual({ Unit: 'Days', Value: 30 });
      await updating('ttl', { OnlineStoreConfig: { TtlDuration: {} } });
      expect(await ttlOf()).toBeUndefined();
    });

    it('upgrades Standard to Standard_V2, and never back', async () => {
      await createGroup(client(), 'upgraded');
      await updating('upgraded', { OnlineStoreConfig: { StorageType: 'Standard_V2' } });
      expect((await client().send(describeCommand('upgraded'))).OnlineStoreConfig?.StorageType).toBe('Standard_V2');
      await expect(updating('upgraded', { OnlineStoreConfig: { StorageType: 'Standard' } })).rejects.toThrow(
        /cannot become/,
      );
    });

    it('takes exactly one change a call', async () => {
      await createGroup(client(), 'one-change');
      await expect(updating('one-change', {})).rejects.toThrow(/Exactly one of/);
      const two = {
        FeatureAdditions: definitions('x:String'),
        ThroughputConfig: { ThroughputMode: 'OnDemand' },
      } as const;
      await expect(updating('one-change', two)).rejects.toThrow(/Exactly one of/);
    });
  });

  it('keeps tags, and words about features', async () => {
    const ResourceArn = await createGroup(client(), 'tagged', { Tags: [{ Key: 'team', Value: 'a' }] });
    const tags = async () => (await client().send(new ListTagsCommand({ ResourceArn }))).Tags;
    await client().send(
      new AddTagsCommand({
        ResourceArn,
        Tags: [
          { Key: 'team', Value: 'b' },
          { Key: 'env', Value: '' },
        ],
      }),
    );
    expect(await tags()).toEqual([
      { Key: 'team', Value: 'b' },
      { Key: 'env', Value: '' },
    ]);
    await client().send(new DeleteTagsCommand({ ResourceArn, TagKeys: ['team', 'never-there'] }));
    expect(await tags()).toEqual([{ Key: 'env', Value: '' }]);

    const feature = { FeatureGroupName: 'tagged', FeatureName: 'price' };
    const parameter = (Key: string) => ({ Key, Value: 'v' });
    const additions = [parameter('unit'), parameter('owner')];
    await client().send(
      new UpdateFeatureMetadataCommand({ ...feature, Description: 'net', ParameterAdditions: additions }),
    );
    await client().send(new UpdateFeatureMetadataCommand({ ...feature, ParameterRemovals: ['owner'] }));
    await expect(client().send(new DescribeFeatureMetadataCommand(feature))).resolves.toMatchObject({
      ...{ FeatureType: 'Fractional', Description: 'net', Parameters: [parameter('unit')] },
    });
    const unknown = new DescribeFeatureMetadataCommand({ ...feature, FeatureName: 'nothing' });
    await expect(client().send(unknown)).rejects.toMatchObject({ name: 'ResourceNotFound' });
  });

  it('deletes by name only, and leaves the Glue table where it is', async () => {
    const arn = await createGroup(client(), 'deleted');
    const { OfflineStoreConfig } = await client().send(describeCommand('deleted'));
    const { Database, TableName } = OfflineStoreConfig!.DataCatalogConfig!;
    await expect(client().send(new DeleteFeatureGroupCommand({ FeatureGroupName: arn }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await client().send(new DeleteFeatureGroupCommand({ FeatureGroupName: 'deleted' }));
    await expect(client().send(describeCommand('deleted'))).rejects.toMatchObject({ name: 'ResourceNotFound' });
    expect(door.local.store.tables.get('us-east-1', Database!, TableName!)).toBeDefined();
  });

  it('says by name which operation it does not answer', async () => {
    const renaming = client();
    renaming.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers['x-amz-target'] = 'SageMaker.CreateModel';
        return next(args);
      },
      { step: 'build' },
    );
    await expect(renaming.send(describeCommand('any'))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: 'the embedded store does not answer CreateModel',
      $metadata: { httpStatusCode: 400, requestId: textLike(/^[0-9a-f-]{36}$/) },
    });
  });
});

throughEveryDoor('ListFeatureGroups', (door) => {
  const client = () => door.client(SageMakerClient);
  const names = async (input: ListFeatureGroupsCommandInput) => {
    const page = await client().send(new ListFeatureGroupsCommand(input));
    return page.FeatureGroupSummaries!.map(({ FeatureGroupName }) => FeatureGroupName);
  };

  it('filters, sorts and pages', async () => {
    expect(await names({})).toEqual([]);
    for (let i = 0; i < 12; i++) {
      const onlineOnly = i % 2 === 0 ? { OfflineStoreConfig: undefined } : {};
      await createGroup(client(), `g-${String(11 - i).padStart(2, '0')}`, onlineOnly);
    }
    expect(await names({})).toHaveLength(10);
    expect(await names({ SortBy: 'Name', MaxResults: 2 })).toEqual(['g-00', 'g-01']);
    expect(await names({ SortBy: 'Name', SortOrder: 'Descending', MaxResults: 2 })).toEqual(['g-11', 'g-10']);
    expect(await names({ NameContains: '-1' })).toHaveLength(2);
    expect(await names({ OfflineStoreStatusEquals: 'Active', MaxResults: 100 })).toHaveLength(6);
    expect(await names({ FeatureGroupStatusEquals: 'CreateFailed' })).toEqual([]);
    expect(await names({ CreationTimeAfter: new Date(Date.now() + 60_000) })).toEqual([]);

    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client().send(
        new ListFeatureGroupsCommand({ MaxResults: 5, SortBy: 'CreationTime', NextToken }),
      );
      seen.push(...page.FeatureGroupSummaries!.map(({ FeatureGroupName }) => FeatureGroupName!));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(new Set(seen).size).toBe(12);
    expect(seen).toHaveLength(12);
  });

  it('refuses a token that it did not give out for this list', async () => {
    const { NextToken } = await client().send(new ListFeatureGroupsCommand({ MaxResults: 1 }));
    await expect(names({ MaxResults: 1, NameContains: 'g', NextToken })).rejects.toThrow(/NextToken/);
    await expect(names({ NextToken: 'made-up' })).rejects.toThrow(/NextToken/);
  });
});

describe('statuses', () => {
  let local: Local;
  let client: SageMakerClient;
  let now = 1_700_000_000_000;

  beforeEach(async () => {
    local = await openThrowAway({ settleMs: 5000, now: () => now });
    const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
    client = new SageMakerClient({ region: 'us-east-1', credentials, requestHandler: local.requestHandler });
  });
  afterEach(() => local.close());

  it('go Creating → Created, InProgress → Successful, Deleting → gone', async () => {
    const status = async () => (await client.send(describeCommand('slow'))).FeatureGroupStatus;
    const remove = () => client.send(new DeleteFeatureGroupCommand({ FeatureGroupName: 'slow' }));
    const grow = (name: string) =>
      client.send(
        new UpdateFeatureGroupCommand({ FeatureGroupName: 'slow', FeatureAdditions: definitions(`${name}:String`) }),
      );
    await createGroup(client, 'slow');
    expect(await status()).toBe('Creating');
    await expect(remove()).rejects.toThrow(/while it is Creating/);
    now += 5000;
    expect(await status()).toBe('Created');
    await grow('a');
    expect((await client.send(describeCommand('slow'))).LastUpdateStatus).toEqual({ Status: 'InProgress' });
    await expect(grow('b')).rejects.toThrow(/update in progress/);
    now += 5000;
    expect((await client.send(describeCommand('slow'))).LastUpdateStatus).toEqual({ Status: 'Successful' });
    await remove();
    expect(await status()).toBe('Deleting');
    now += 5000;
    await expect(status()).rejects.toThrow(/Resource Not Found/);
    await createGroup(client, 'slow');
  });

  it('let four groups be created at a time', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await createGroup(client, name);
    await expect(createGroup(client, 'e')).rejects.toMatchObject({
      name: 'ResourceLimitExceeded',
      message: textWith('executing in parallel'),
    });
  });

  it('let a region hold 100 groups', async () => {
    const onlineOnly = { OfflineStoreConfig: undefined };
    for (let i = 0; i < 100; i++) {
      await createGroup(client, `g${i}`, onlineOnly);
      now += 5000;
    }
    await expect(createGroup(client, 'g100', onlineOnly)).rejects.toMatchObject({
      name: 'ResourceLimitExceeded',
      message: textWith("'Maximum number of feature groups' is 100"),
    });
  });
});
