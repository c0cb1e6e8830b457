/** CreateFeatureGroup: validates the definition, then creates the group, its bucket and its Glue table. */
import { randomUUID } from 'node:crypto';
import { statusOf, type FeatureGroup } from '../groups.js';
import { allows } from '../storage-types.js';
import { operation, type Caller } from '../../wire/operation.js';
import { list, required, string, type InputOf } from '../../wire/rules.js';
import { placeOf } from '../../store/s3-uri.js';
import { ServiceError } from '../../wire/service-error.js';
import type { Store } from '../../store/store.js';
import { createIceberg } from '../../glue/iceberg.js';
import { offlineColumns, type Table } from '../../glue/tables.js';
import { checkDefinitions, checkKeyFeatures, invalid, MAX_FEATURES_PER_GROUP } from './definitions.js';
import * as shared from './rules.js';
import { checkThroughput, offlineStoreOf, onlineStoreOf } from './stores.js';
import { withTags } from './tags.js';

/** [Quotas](https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html) */
const MAX_GROUPS_PER_REGION = 100;
const MAX_CONCURRENT_CREATIONS = 4;

const rules = {
  FeatureGroupName: shared.featureGroupName,
  RecordIdentifierFeatureName: shared.featureName,
  EventTimeFeatureName: shared.featureName,
  FeatureDefinitions: required(list(shared.featureDefinition, { minLength: 1, maxLength: MAX_FEATURES_PER_GROUP })),
  OnlineStoreConfig: shared.onlineStoreConfig,
  OfflineStoreConfig: shared.offlineStoreConfig,
  ThroughputConfig: shared.throughputConfig,
  RoleArn: string({
    minLength: 20,
    maxLength: 2048,
    pattern: 'arn:aws[a-z\\-]*:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+',
  }),
  Description: string({ maxLength: 128 }),
  Tags: shared.tags,
};

export const createFeatureGroup = operation({
  rules,
  async run(store, input, caller) {
    const group = groupOf(input, caller, store);
    const admit = (others: FeatureGroup[]): void => checkRoom(group, others, store.now());
    admit(store.groups.list(group.region));
    group.failureReason = await makeOfflineStore(store, group);
    await store.groups.create(group, admit);
    return { FeatureGroupArn: group.arn };
  },
});

/** @throws ServiceError ValidationException. */
function groupOf(input: InputOf<typeof rules>, { region, accountId }: Caller, { now, settleMs }: Store): FeatureGroup {
  const name = input.FeatureGroupName;
  const createdAt = now();
  const group: FeatureGroup = {
    id: randomUUID(),
    region,
    name,
    arn: `arn:aws:sagemaker:${region}:${accountId}:feature-group/${name.toLowerCase()}`,
    recordIdentifier: input.RecordIdentifierFeatureName,
    eventTime: input.EventTimeFeatureName,
    definitions: input.FeatureDefinitions,
    createdAt,
    online: onlineStoreOf(input.OnlineStoreConfig),
    offline: offlineStoreOf(input.OfflineStoreConfig, { name, region, accountId, epoch: Math.floor(createdAt / 1000) }),
    description: input.Description,
    roleArn: input.RoleArn,
    throughput: input.ThroughputConfig,
    tags: withTags({}, input.Tags ?? []),
    lastModifiedAt: createdAt,
    settlesAt: createdAt + settleMs,
  };
  checkStores(group);
  checkDefinitions(group.definitions, group.online?.storageType);
  checkKeyFeatures(group);
  if (group.throughput) checkThroughput(group.throughput, group.online);
  return group;
}

function checkStores({ online, offline, roleArn, definitions, eventTime }: FeatureGroup): void {
  if (!online && !offline) {
    throw invalid('Validation Error: at least one of OnlineStoreConfig and OfflineStoreConfig must be enabled.');
  }
  if (!offline) return;
  if (online && !allows(online.storageType, 'an offline store')) {
    throw invalid(`The ${online.storageType} storage type has no offline store.`);
  }
  if (!roleArn) throw invalid('RoleArn is required when OfflineStoreConfig is given.');
  const eventTimeType = definitions.find(({ FeatureName }) => FeatureName === eventTime)?.FeatureType;
  if (offline.tableFormat === 'Iceberg' && eventTimeType === 'Fractional') {
    throw invalid('The table format Iceberg needs an event time feature of type String.');
  }
}

function checkRoom({ name }: FeatureGroup, others: FeatureGroup[], now: number): void {
  const taken = others.find((other) => other.name.toLowerCase() === name.toLowerCase())?.name;
  if (taken !== undefined) {
    throw new ServiceError(
      'ResourceInUse',
      `Resource Already Exists: FeatureGroup with name ${name} already exists. Choose a different name.\n` +
        `Info: Feature Group '${taken}' already exists.`,
    );
  }
  const creating = others.filter((other) => statusOf(other, now) === 'Creating').length;
  if (creating >= MAX_CONCURRENT_CREATIONS) {
    throw limitExceeded('feature group creation workflows executing in parallel', MAX_CONCURRENT_CREATIONS, creating);
  }
  if (others.length >= MAX_GROUPS_PER_REGION) {
    throw limitExceeded('feature groups', MAX_GROUPS_PER_REGION, others.length);
  }
}

const limitExceeded = (what: string, limit: number, used: number): ServiceError =>
  new ServiceError(
    'ResourceLimitExceeded',
    `The account-level service limit 'Maximum number of ${what}' is ${limit} FeatureGroups, with current utilization ` +
      `of ${used} FeatureGroups and a request delta of 1 FeatureGroups. Please use AWS Service Quotas to request an ` +
      'increase for this quota.',
  );

/**
 * Creates the bucket (a convenience of the embedded store: AWS requires it to exist) and the Glue table.
 * @returns why the group has to become CreateFailed, if so
 */
async function makeOfflineStore(store: Store, group: FeatureGroup): Promise<string | undefined> {
  if (!group.offline) return undefined;
  const { s3Uri, table, ownsTable, resolvedOutputS3Uri, tableFormat } = group.offline;
  await store.objects.createBucket(placeOf(s3Uri).bucket, group.region);
  if (!table || !ownsTable) return undefined;
  try {
    const made: Table = {
      region: group.region,
      database: table.database,
      name: table.name,
      location: resolvedOutputS3Uri,
      format: tableFormat,
      columns: offlineColumns(group.definitions),
      createdAt: group.createdAt,
      properties: {},
    };
    const insert = tableFormat === 'Glue' ? store.tables.insert : () => createIceberg(store, made, group.eventTime);
    await store.env.transaction(() => insert(made));
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'AlreadyExistsException')) throw error;
    return `Glue table ${table.database}.${table.name} already exists (${error.code}: ${error.message})`;
  }
  return undefined;
}
