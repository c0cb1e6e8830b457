/** Input rules that several control plane operations share, from the service model of 2017-07-24. */
import { boolean, integer, list, required, string, structure } from '../../wire/rules.js';
import { STORAGE_TYPES } from '../storage-types.js';

const NAME = '[a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}';
const ARN = 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:feature-group\\/';

export const featureGroupName = required(string({ minLength: 1, maxLength: 64, pattern: NAME }));
export const featureGroupNameOrArn = required(string({ minLength: 1, maxLength: 256, pattern: `(${ARN})?(${NAME})` }));
export const featureName = required(
  string({ minLength: 1, maxLength: 64, pattern: '[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}' }),
);
export const nextToken = string({ maxLength: 8192 });

export const featureDefinition = structure({
  FeatureName: featureName,
  FeatureType: required(string({ oneOf: ['Integral', 'Fractional', 'String'] })),
  CollectionType: string({ oneOf: ['List', 'Set', 'Vector'] }),
  CollectionConfig: structure({
    VectorConfig: structure({ Dimension: required(integer({ min: 1, max: 8192 })) }),
  }),
});

export const ttlDuration = structure({
  Unit: string({ oneOf: ['Seconds', 'Minutes', 'Hours', 'Days', 'Weeks'] }),
  Value: integer({ min: 1 }),
});

const kmsKeyId = string({ maxLength: 2048, pattern: '[a-zA-Z0-9:/_-]*' });
const storageType = string({ oneOf: STORAGE_TYPES });

export const onlineStoreConfig = structure({
  EnableOnlineStore: boolean(),
  SecurityConfig: structure({ KmsKeyId: kmsKeyId }),
  TtlDuration: ttlDuration,
  StorageType: storageType,
});

export const onlineStoreConfigUpdate = structure({ TtlDuration: ttlDuration, StorageType: storageType });

const s3Uri = string({ maxLength: 1024, pattern: '(https|s3)://([^/]+)/?(.*)' });
const catalogName = required(string({ minLength: 1, maxLength: 255 }));

export const offlineStoreConfig = structure({
  S3StorageConfig: required(structure({ S3Uri: required(s3Uri), KmsKeyId: kmsKeyId, ResolvedOutputS3Uri: s3Uri })),
  DisableGlueTableCreation: boolean(),
  DataCatalogConfig: structure({ TableName: catalogName, Catalog: catalogName, Database: catalogName }),
  TableFormat: string({ oneOf: ['Default', 'Glue', 'Iceberg'] }),
});

const capacity = integer({ min: 0, max: 10_000_000 });

export const throughputConfig = structure({
  ThroughputMode: required(string({ oneOf: ['OnDemand', 'Provisioned'] })),
  ProvisionedReadCapacityUnits: capacity,
  ProvisionedWriteCapacityUnits: capacity,
});

export const tags = list(
  structure({
    Key: required(string({ minLength: 1, maxLength: 128, pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' })),
    Value: required(string({ maxLength: 256, pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' })),
  }),
  { maxLength: 50 },
);

export const resourceArn = required(
  string({ maxLength: 256, pattern: 'arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+' }),
);
