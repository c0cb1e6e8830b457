/** The store configs of a request, checked, as a group keeps them. */
import type { FeatureGroup, OnlineStoreConfig, ThroughputConfig, TtlDuration } from '../groups.js';
import { allows } from '../storage-types.js';
import type { ValueOf } from '../../wire/rules.js';
import { invalid } from './definitions.js';
import type * as rules from './rules.js';

type OfflineStoreConfig = ValueOf<typeof rules.offlineStoreConfig>;

/** The only catalog that Feature Store makes tables in. */
const CATALOG = 'AwsDataCatalog';
const DATABASE = 'sagemaker_featurestore';
const CATALOG_NAME = /^[a-z_][a-z0-9_]*$/;

/** [Throughput modes](https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html) */
const MAX_PROVISIONED_UNITS_PER_GROUP = 40_000;

/** An online store needs `EnableOnlineStore: true`; an empty config is off. @throws ServiceError ValidationException. */
export function onlineStoreOf(config: OnlineStoreConfig | undefined): FeatureGroup['online'] {
  if (!config?.EnableOnlineStore) {
    if (config?.TtlDuration) throw invalid('TtlDuration needs an online store: set EnableOnlineStore to true.');
    return undefined;
  }
  const storageType = config.StorageType ?? 'Standard';
  const kmsKeyId = config.SecurityConfig?.KmsKeyId;
  if (kmsKeyId && !allows(storageType, 'a customer managed key')) {
    throw invalid(`The ${storageType} storage type takes no customer managed key.`);
  }
  const isStandardNamed = config.StorageType === 'Standard';
  return { storageType, isStandardNamed, ttl: ttlOf(config.TtlDuration), kmsKeyId };
}

/** Both members or, for no TTL, none. @throws ServiceError ValidationException. */
export function ttlOf(ttl: Partial<TtlDuration> | undefined): TtlDuration | undefined {
  const Unit = ttl?.Unit ?? undefined;
  const Value = ttl?.Value ?? undefined;
  if (Unit === undefined && Value === undefined) return undefined;
  if (Unit === undefined || Value === undefined) throw invalid('TtlDuration needs both Unit and Value.');
  return { Unit, Value };
}

interface Place {
  name: string;
  region: string;
  accountId: string;
  /** Seconds since the epoch: part of the prefix and of the table's name. */
  epoch: number;
}

/**
 * Where the offline store of a new group goes, and its table.
 * [Offline store](https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html)
 * @throws ServiceError ValidationException.
 */
export function offlineStoreOf(config: OfflineStoreConfig | undefined, place: Place): FeatureGroup['offline'] {
  if (!config) return undefined;
  const tableFormat = config.TableFormat === 'Iceberg' ? 'Iceberg' : 'Glue';
  const disabled = config.DisableGlueTableCreation ?? false;
  if (tableFormat === 'Iceberg' && disabled) {
    throw invalid('DisableGlueTableCreation is not permitted for the table format Iceberg.');
  }
  const { S3Uri: s3Uri, KmsKeyId: kmsKeyId } = config.S3StorageConfig;
  const { name, region, accountId, epoch } = place;
  const tableName = `${name.replaceAll('-', '_')}_${epoch}`.toLowerCase();
  const madeTable = disabled ? undefined : { catalog: CATALOG, database: DATABASE, name: tableName };
  const prefix = `${s3Uri.replace(/\/+$/, '')}/${accountId}/sagemaker/${region}/offline-store/${name}-${epoch}`;
  return {
    s3Uri,
    resolvedOutputS3Uri: `${prefix}/data`,
    tableFormat,
    disableGlueTableCreation: disabled,
    table: givenTable(config.DataCatalogConfig) ?? madeTable,
    ownsTable: !disabled,
    kmsKeyId,
  };
}

function givenTable(given: OfflineStoreConfig['DataCatalogConfig']) {
  if (!given) return undefined;
  const { Catalog: catalog, Database: database, TableName: name } = given;
  if (catalog !== CATALOG) throw invalid(`Catalog must be ${CATALOG}.`);
  const bad = [database, name].find((part) => !CATALOG_NAME.test(part));
  if (bad !== undefined) throw invalid(`'${bad}' must be lower-case letters, digits and _, not a digit first.`);
  return { catalog, database, name };
}

/** @throws ServiceError ValidationException. */
export function checkThroughput(config: ThroughputConfig, online: FeatureGroup['online']): void {
  const units = [config.ProvisionedReadCapacityUnits, config.ProvisionedWriteCapacityUnits];
  if (config.ThroughputMode === 'OnDemand') {
    if (units.some((given) => given !== undefined)) throw invalid('Capacity units are for the mode Provisioned.');
    return;
  }
  if (online && !allows(online.storageType, 'Provisioned')) {
    throw invalid(`The mode Provisioned is not there for the storage type ${online.storageType}.`);
  }
  if (units.some((given) => given === undefined || given > MAX_PROVISIONED_UNITS_PER_GROUP)) {
    throw invalid(`Provisioned needs read and write capacity units of at most ${MAX_PROVISIONED_UNITS_PER_GROUP}.`);
  }
}
