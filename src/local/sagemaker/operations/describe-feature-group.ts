/** DescribeFeatureGroup: the group, its stores and their locations, and the status of its last update. */
import { statusOf, type FeatureGroup } from '../groups.js';
import { operation } from '../../wire/operation.js';
import * as shared from './rules.js';

export const describeFeatureGroup = operation({
  rules: { FeatureGroupName: shared.featureGroupNameOrArn, NextToken: shared.nextToken },
  run({ groups, online, now }, { FeatureGroupName }, { region }) {
    const group = groups.get(region, FeatureGroupName);
    return {
      ...describeGroup(group, now()),
      ThroughputConfig: group.throughput ?? { ThroughputMode: 'OnDemand' },
      OnlineStoreTotalSizeBytes: group.online && online.size(group.id),
    };
  },
});

/** A group as shown by DescribeFeatureGroup and Search. */
export function describeGroup(group: FeatureGroup, now: number): object {
  const status = statusOf(group, now);
  return {
    FeatureGroupArn: group.arn,
    FeatureGroupName: group.name,
    RecordIdentifierFeatureName: group.recordIdentifier,
    EventTimeFeatureName: group.eventTime,
    FeatureDefinitions: group.definitions,
    CreationTime: group.createdAt / 1000,
    LastModifiedTime: (group.lastModifiedAt ?? group.createdAt) / 1000,
    OnlineStoreConfig: describeOnline(group.online),
    OfflineStoreConfig: describeOffline(group.offline),
    RoleArn: group.roleArn,
    FeatureGroupStatus: status,
    OfflineStoreStatus: offlineStatusOf(group, now),
    LastUpdateStatus: lastUpdateOf(group, now),
    FailureReason: status === 'CreateFailed' ? group.failureReason : undefined,
    Description: group.description,
  };
}

/** Standard is left out for groups that never named a storage type. */
function describeOnline(online: FeatureGroup['online']): object | undefined {
  if (!online) return undefined;
  return {
    EnableOnlineStore: true,
    SecurityConfig: online.kmsKeyId && { KmsKeyId: online.kmsKeyId },
    TtlDuration: online.ttl,
    StorageType: online.storageType === 'Standard' && !online.isStandardNamed ? undefined : online.storageType,
  };
}

function describeOffline(offline: FeatureGroup['offline']): object | undefined {
  if (!offline) return undefined;
  const { s3Uri, kmsKeyId, resolvedOutputS3Uri, disableGlueTableCreation, table, tableFormat } = offline;
  return {
    S3StorageConfig: { S3Uri: s3Uri, KmsKeyId: kmsKeyId, ResolvedOutputS3Uri: resolvedOutputS3Uri },
    DisableGlueTableCreation: disableGlueTableCreation,
    DataCatalogConfig: table && { TableName: table.name, Catalog: table.catalog, Database: table.database },
    TableFormat: tableFormat,
  };
}

function lastUpdateOf({ updateSettlesAt }: FeatureGroup, now: number): object | undefined {
  if (updateSettlesAt === undefined) return undefined;
  return { Status: now < updateSettlesAt ? 'InProgress' : 'Successful' };
}

/** Undefined until the group has been created. */
export function offlineStatusOf(group: FeatureGroup, now: number): { Status: 'Active' | 'Disabled' } | undefined {
  if (statusOf(group, now) !== 'Created') return undefined;
  return { Status: group.offline ? 'Active' : 'Disabled' };
}
