/**
 * Builds the CreateFeatureGroup request from the command line, optionally on top of the settings of another group.
 * Pure.
 */
import type { CreateFeatureGroupCommandInput, FeatureDefinition } from '@aws-sdk/client-sagemaker';
import { UsageError } from '../../errors.js';
import { didYouMean } from '../../utils/nearest.js';
import { listed } from '../../utils/quantities.js';
import type { FeatureGroup, TimeToLive } from './describe.js';
import type { StorageType } from './storage-types.js';

/** Settings of the command line; undefined where not given. */
export interface GroupSettings {
  recordIdentifierName?: string;
  eventTimeFeatureName?: string;
  onlineStore?: boolean;
  offlineStore?: boolean;
  s3Uri?: string;
  executionRoleArn?: string;
  tableFormat?: 'Glue' | 'Iceberg';
  storageType?: StorageType;
  ttl?: TimeToLive;
  kmsKeyId?: string;
  throughputMode?: 'OnDemand' | 'Provisioned';
  readCapacityUnits?: number;
  writeCapacityUnits?: number;
  description?: string;
  tags?: string[];
}

/** Features from a file (and the names it may carry), or a group to copy. */
export interface Schema {
  definitions?: FeatureDefinition[];
  recordIdentifier?: string;
  eventTime?: string;
  like?: FeatureGroup;
}

const DEFAULT_RECORD_IDENTIFIER = 'id';
export const DEFAULT_EVENT_TIME = 'event_time';

/**
 * Combines name, schema and settings; the command line overrides the group to copy.
 * @throws UsageError for what the service would reject with a worse message
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFeatureGroup.html
 */
export function createRequest(
  name: string,
  { schema, settings }: { schema: Schema; settings: GroupSettings },
): CreateFeatureGroupCommandInput {
  const { like } = schema;
  const definitions = like ? (like.described.FeatureDefinitions ?? []) : (schema.definitions ?? []);
  const online = onlineConfig(settings, like);
  const offline = offlineConfig(settings, like);
  if (!online && !offline)
    throw new UsageError('A feature group needs an online store, an offline store (--s3-uri), or both.');
  const request = {
    FeatureGroupName: name,
    RecordIdentifierFeatureName:
      settings.recordIdentifierName ?? schema.recordIdentifier ?? like?.recordIdentifier ?? DEFAULT_RECORD_IDENTIFIER,
    EventTimeFeatureName: settings.eventTimeFeatureName ?? schema.eventTime ?? like?.eventTime ?? DEFAULT_EVENT_TIME,
    FeatureDefinitions: definitions,
    OnlineStoreConfig: online,
    OfflineStoreConfig: offline,
    RoleArn: settings.executionRoleArn ?? (offline ? like?.described.RoleArn : undefined),
    ThroughputConfig: throughputConfig(settings, like),
    Description: settings.description ?? like?.described.Description,
    Tags: settings.tags?.map(parseTag),
  };
  check(request);
  return request;
}

function onlineConfig(settings: GroupSettings, like: FeatureGroup | undefined) {
  if (!(settings.onlineStore ?? (like ? like.online !== undefined : true))) return undefined;
  const ttl = settings.ttl ?? like?.online?.ttl;
  const key = settings.kmsKeyId ?? like?.described.OnlineStoreConfig?.SecurityConfig?.KmsKeyId;
  return {
    EnableOnlineStore: true,
    StorageType: settings.storageType ?? like?.online?.storageType,
    TtlDuration: ttl && { Unit: ttl.unit, Value: ttl.value },
    SecurityConfig: key ? { KmsKeyId: key } : undefined,
  };
}

function offlineConfig(settings: GroupSettings, like: FeatureGroup | undefined) {
  const s3Uri = settings.s3Uri ?? like?.offline?.s3Uri;
  if (!(settings.offlineStore ?? s3Uri !== undefined)) return undefined;
  if (!s3Uri) throw new UsageError('An offline store needs --s3-uri s3://bucket/prefix.');
  const key = settings.kmsKeyId ?? like?.described.OfflineStoreConfig?.S3StorageConfig?.KmsKeyId;
  return {
    S3StorageConfig: { S3Uri: s3Uri, KmsKeyId: key },
    TableFormat: settings.tableFormat ?? like?.offline?.tableFormat,
  };
}

function throughputConfig(settings: GroupSettings, like: FeatureGroup | undefined) {
  const mode = settings.throughputMode ?? like?.throughput?.mode;
  if (!mode) return undefined;
  return {
    ThroughputMode: mode as 'OnDemand' | 'Provisioned',
    ProvisionedReadCapacityUnits: settings.readCapacityUnits ?? like?.throughput?.read,
    ProvisionedWriteCapacityUnits: settings.writeCapacityUnits ?? like?.throughput?.write,
  };
}

/** `key=value`. @throws UsageError for anything else */
export function parseTag(text: string): { Key: string; Value: string } {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--tags ${text} is not key=value.`);
  return { Key: text.slice(0, at), Value: text.slice(at + 1) };
}

function check(request: CreateFeatureGroupCommandInput): void {
  const { FeatureDefinitions: definitions = [] } = request;
  if (definitions.length === 0) throw new UsageError('The schema has no features.');
  const names = definitions.map(({ FeatureName = '' }) => FeatureName);
  for (const [role, option, feature = ''] of [
    ['record identifier', '--record-identifier-name', request.RecordIdentifierFeatureName],
    ['event time', '--event-time-feature-name', request.EventTimeFeatureName],
  ] as const) {
    if (!names.includes(feature))
      throw new UsageError(
        `There is no feature ${feature} for the ${role}: pass ${option} (the schema has ${listed(names)}).${didYouMean(feature, names)}`,
      );
  }
  const eventTime = definitions.find(({ FeatureName }) => FeatureName === request.EventTimeFeatureName);
  if (eventTime?.FeatureType === 'Integral') {
    throw new UsageError(
      `The event time ${eventTime.FeatureName} is Integral: the service takes String (ISO-8601) or Fractional (Unix seconds). With --infer, add --type COLUMN=Fractional.`,
    );
  }
  if (request.OfflineStoreConfig && !request.RoleArn) {
    throw new UsageError(
      'An offline store needs --execution-role-arn, the IAM role with which Feature Store writes to S3.',
    );
  }
}
