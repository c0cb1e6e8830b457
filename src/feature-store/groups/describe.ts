/** DescribeFeatureGroup, all pages, as a FeatureGroup: features, identifier, event time, stores, table, prefix. */
import type {
  DescribeFeatureGroupCommandOutput,
  FeatureDefinition as DescribedFeature,
} from '@aws-sdk/client-sagemaker';
import type { Clients } from '../../config.js';
import { isAccessDenied, isNotFound, RefusedError } from '../../errors.js';
import { checkAnswer, checkName } from './asked.js';
import { noSuchGroup } from './no-such-group.js';
import type { StorageType } from './storage-types.js';

export type FeatureType = 'Integral' | 'Fractional' | 'String';
export type CollectionType = 'List' | 'Set' | 'Vector';

export interface FeatureDefinition {
  name: string;
  type: FeatureType;
  collection?: CollectionType;
  /** Dimension of a Vector. */
  dimension?: number;
}

export interface TimeToLive {
  unit: 'Seconds' | 'Minutes' | 'Hours' | 'Days' | 'Weeks';
  value: number;
}

export interface FeatureGroup {
  name: string;
  arn: string;
  /** `Creating | Created | CreateFailed | Deleting | DeleteFailed` */
  status: string;
  failureReason?: string;
  /** Name of the feature that identifies a record. */
  recordIdentifier: string;
  /** Name of the feature that holds the event time. */
  eventTime: string;
  /** In definition order. */
  features: FeatureDefinition[];
  creationTime?: Date;
  online?: { storageType: StorageType; ttl?: TimeToLive; sizeBytes?: number };
  offline?: {
    s3Uri: string;
    resolvedOutputS3Uri?: string;
    tableFormat: 'Glue' | 'Iceberg';
    /** `Active | Blocked | Disabled` */
    status?: string;
    blockedReason?: string;
    table?: { catalog: string; database: string; name: string };
  };
  throughput?: { mode: string; read?: number; write?: number };
  /** The raw answer of the service, all pages joined. */
  described: DescribeFeatureGroupCommandOutput;
}

/**
 * Describes one feature group, by name or ARN.
 * @throws UsageError for an invalid name, before any call; NotFoundError, with the closest name, where there is no such
 * group; RefusedError (exit 6) where the answer is about another group; else the SDK's own errors
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeFeatureGroup.html
 */
export async function describeFeatureGroup(
  aws: Clients,
  nameOrArn: string,
  signal?: AbortSignal,
): Promise<FeatureGroup> {
  try {
    return await describeAsked(aws, nameOrArn, signal);
  } catch (error) {
    throw isNotFound(error) ? await noSuchGroup(aws, nameOrArn, signal) : error;
  }
}

/** As `describeFeatureGroup`, but undefined where the group does not exist or the caller may not describe it. */
export async function findFeatureGroup(
  aws: Clients,
  name: string,
  signal?: AbortSignal,
): Promise<FeatureGroup | undefined> {
  try {
    return await describeAsked(aws, name, signal);
  } catch (error) {
    if (isNotFound(error) || isAccessDenied(error)) return undefined;
    throw error;
  }
}

async function describeAsked(aws: Clients, nameOrArn: string, signal?: AbortSignal): Promise<FeatureGroup> {
  checkName(nameOrArn);
  const describe = (NextToken?: string) =>
    aws.call('DescribeFeatureGroup', { FeatureGroupName: nameOrArn, NextToken }, { abortSignal: signal });
  const described = await describe();
  const definitions = [...(described.FeatureDefinitions ?? [])];
  for (let token = described.NextToken; token;) {
    const page = await describe(token);
    definitions.push(...(page.FeatureDefinitions ?? []));
    token = page.NextToken;
  }
  checkAnswer(nameOrArn, described);
  return toFeatureGroup({ ...described, FeatureDefinitions: definitions });
}

/**
 * Describes a group again before anything in it is destroyed; it may have been deleted and created again.
 * @param asked.so what that means for the work, as a sentence
 * @throws RefusedError (exit 6) where it is another group, or no longer writable; else as describeFeatureGroup does
 */
export async function checkSameGroup(
  aws: Clients,
  {
    group,
    nameOrArn = group.name,
    so = 'Nothing was changed.',
  }: { group: FeatureGroup; nameOrArn?: string; so?: string },
  signal?: AbortSignal,
): Promise<void> {
  const now = await describeFeatureGroup(aws, nameOrArn, signal);
  const isSame = now.arn === group.arn && now.creationTime?.getTime() === group.creationTime?.getTime();
  if (!isSame) {
    throw new RefusedError(`Feature group ${group.name} was deleted and created again since the plan was made. ${so}`);
  }
  if (now.status !== group.status) throw new RefusedError(`Feature group ${group.name} is now ${now.status}. ${so}`);
}

/** A group as shown in plans. */
export interface PlannedGroup {
  name: string;
  arn: string;
  /** `Online Only`, `Offline Only` or `Online+Offline`. */
  storeType: string;
  /** `database.table` */
  table?: string;
}

export function plannedGroup({ name, arn, online, offline }: FeatureGroup): PlannedGroup {
  const storeType = online && offline ? STORE_TYPES.both : online ? STORE_TYPES.online : STORE_TYPES.offline;
  return { name, arn, storeType, table: offline?.table && `${offline.table.database}.${offline.table.name}` };
}

export const STORE_TYPES = { online: 'Online Only', offline: 'Offline Only', both: 'Online+Offline' } as const;

/** The possible types of an event-time feature: ISO-8601 in String, Unix seconds in Fractional; the service allows no other. */
export type EventTimeType = 'String' | 'Fractional';

export const eventTimeType = (feature: FeatureDefinition | undefined): EventTimeType =>
  feature?.type === 'Fractional' ? 'Fractional' : 'String';

/** Type of a group's event-time feature. */
export function eventTimeTypeOf(group: Pick<FeatureGroup, 'features' | 'eventTime'>): EventTimeType {
  return eventTimeType(group.features.find(({ name }) => name === group.eventTime));
}

/** Converts an answer of the service; an online store counts only with `EnableOnlineStore: true`. */
export function toFeatureGroup(described: DescribeFeatureGroupCommandOutput): FeatureGroup {
  return {
    name: described.FeatureGroupName ?? '',
    arn: described.FeatureGroupArn ?? '',
    status: described.FeatureGroupStatus ?? 'Created',
    failureReason: described.FailureReason,
    recordIdentifier: described.RecordIdentifierFeatureName ?? '',
    eventTime: described.EventTimeFeatureName ?? '',
    features: (described.FeatureDefinitions ?? []).map(toFeature),
    creationTime: described.CreationTime,
    online: toOnline(described),
    offline: toOffline(described),
    throughput: toThroughput(described),
    described,
  };
}

export function toFeature(feature: DescribedFeature): FeatureDefinition {
  return {
    name: feature.FeatureName ?? '',
    type: feature.FeatureType ?? 'String',
    collection: feature.CollectionType,
    dimension: feature.CollectionConfig?.VectorConfig?.Dimension,
  };
}

/** The other way round. */
export function toDefinition({ name, type, collection, dimension }: FeatureDefinition): DescribedFeature {
  return {
    FeatureName: name,
    FeatureType: type,
    ...(collection && { CollectionType: collection }),
    ...(dimension !== undefined && { CollectionConfig: { VectorConfig: { Dimension: dimension } } }),
  };
}

function toOnline({ OnlineStoreConfig: config, OnlineStoreTotalSizeBytes }: DescribeFeatureGroupCommandOutput) {
  if (!config?.EnableOnlineStore) return undefined;
  const { Unit: unit, Value: value } = config.TtlDuration ?? {};
  return {
    storageType: config.StorageType ?? 'Standard',
    ttl: unit && value ? { unit, value } : undefined,
    sizeBytes: OnlineStoreTotalSizeBytes,
  };
}

function toOffline({
  OfflineStoreConfig: config,
  OfflineStoreStatus,
}: DescribeFeatureGroupCommandOutput): FeatureGroup['offline'] {
  if (!config) return undefined;
  const { Catalog, Database, TableName } = config.DataCatalogConfig ?? {};
  return {
    s3Uri: config.S3StorageConfig?.S3Uri ?? '',
    resolvedOutputS3Uri: config.S3StorageConfig?.ResolvedOutputS3Uri,
    tableFormat: config.TableFormat === 'Iceberg' ? 'Iceberg' : 'Glue',
    status: OfflineStoreStatus?.Status,
    blockedReason: OfflineStoreStatus?.BlockedReason,
    table:
      Database && TableName ? { catalog: Catalog ?? 'AwsDataCatalog', database: Database, name: TableName } : undefined,
  };
}

function toThroughput({ ThroughputConfig: config }: DescribeFeatureGroupCommandOutput): FeatureGroup['throughput'] {
  if (!config?.ThroughputMode) return undefined;
  return {
    mode: config.ThroughputMode,
    read: config.ProvisionedReadCapacityUnits,
    write: config.ProvisionedWriteCapacityUnits,
  };
}
