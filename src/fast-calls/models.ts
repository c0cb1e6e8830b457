/** Reduces answers to what the SDK keeps: the members in the model of the service, with times as Dates. Pure. */

/** The type of a value; for a list, of its elements; for an object, of its members. */
export type Model = 'text' | 'number' | 'flag' | 'time' | readonly [Model] | { readonly [member: string]: Model };

const RECORD_VALUE = { FeatureName: 'text', ValueAsString: 'text', ValueAsStringList: ['text'] } as const;

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_GetRecord.html */
export const RECORD: Model = { Record: [RECORD_VALUE], ExpiresAt: 'text' };

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListFeatureGroups.html */
export const GROUP_PAGE: Model = {
  FeatureGroupSummaries: [
    {
      FeatureGroupName: 'text',
      FeatureGroupArn: 'text',
      CreationTime: 'time',
      FeatureGroupStatus: 'text',
      OfflineStoreStatus: { Status: 'text', BlockedReason: 'text' },
    },
  ],
  NextToken: 'text',
};

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeFeatureGroup.html */
export const DESCRIPTION: Model = {
  FeatureGroupArn: 'text',
  FeatureGroupName: 'text',
  RecordIdentifierFeatureName: 'text',
  EventTimeFeatureName: 'text',
  FeatureDefinitions: [
    {
      FeatureName: 'text',
      FeatureType: 'text',
      CollectionType: 'text',
      CollectionConfig: { VectorConfig: { Dimension: 'number' } },
    },
  ],
  CreationTime: 'time',
  LastModifiedTime: 'time',
  OnlineStoreConfig: {
    SecurityConfig: { KmsKeyId: 'text' },
    EnableOnlineStore: 'flag',
    TtlDuration: { Unit: 'text', Value: 'number' },
    StorageType: 'text',
  },
  OfflineStoreConfig: {
    S3StorageConfig: { S3Uri: 'text', KmsKeyId: 'text', ResolvedOutputS3Uri: 'text' },
    DisableGlueTableCreation: 'flag',
    DataCatalogConfig: { TableName: 'text', Catalog: 'text', Database: 'text' },
    TableFormat: 'text',
  },
  ThroughputConfig: {
    ThroughputMode: 'text',
    ProvisionedReadCapacityUnits: 'number',
    ProvisionedWriteCapacityUnits: 'number',
  },
  RoleArn: 'text',
  FeatureGroupStatus: 'text',
  OfflineStoreStatus: { Status: 'text', BlockedReason: 'text' },
  LastUpdateStatus: { Status: 'text', FailureReason: 'text' },
  FailureReason: 'text',
  Description: 'text',
  NextToken: 'text',
  OnlineStoreTotalSizeBytes: 'number',
};

/**
 * Keeps the members of a JSON value that are in its model, and drops nulls.
 * @throws SyntaxError for a value of another type than in the model, which is left to the SDK
 */
export function known(value: unknown, model: Model): unknown {
  if (typeof model === 'object') return isList(model) ? knownElements(value, model[0]) : knownMembers(value, model);
  if (model === 'text' && typeof value === 'string') return value;
  if (model === 'number' && Number.isSafeInteger(value)) return value;
  if (model === 'flag' && typeof value === 'boolean') return value;
  if (model === 'time' && typeof value === 'number') return new Date(Math.round(value * 1000));
  throw ofAnotherKind(model);
}

const isList = (model: object): model is readonly [Model] => Array.isArray(model);
const ofAnotherKind = (model: Model) => new SyntaxError(`A value of another kind than ${JSON.stringify(model)}`);

function knownElements(value: unknown, model: Model): unknown[] {
  if (!Array.isArray(value)) throw ofAnotherKind([model]);
  return value.map((each) => known(each, model));
}

function knownMembers(value: unknown, model: Record<string, Model>): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw ofAnotherKind(model);
  const members: Record<string, unknown> = {};
  for (const name in model) {
    const member = (value as Record<string, unknown>)[name];
    if (member !== undefined && member !== null) members[name] = known(member, model[name]!);
  }
  return members;
}
