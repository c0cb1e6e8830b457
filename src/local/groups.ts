/** Feature groups as the control plane keeps them, and the statuses they move through. */
export type FeatureType = 'Integral' | 'Fractional' | 'String';
export type CollectionType = 'List' | 'Set' | 'Vector';
export type TableFormat = 'Glue' | 'Iceberg';

export interface FeatureDefinition {
  FeatureName: string;
  FeatureType: FeatureType;
  CollectionType?: CollectionType;
  CollectionConfig?: { VectorConfig?: { Dimension: number } };
}

export interface FeatureGroup {
  /** Differs for each creation of the same name, so that what an earlier group left behind stays apart. */
  id: string;
  region: string;
  name: string;
  arn: string;
  recordIdentifier: string;
  eventTime: string;
  definitions: FeatureDefinition[];
  createdAt: number;
  online?: { storageType: 'Standard' | 'Standard_V2' | 'InMemory'; ttl?: { Unit: string; Value: number }; kmsKeyId?: string };
  offline?: {
    s3Uri: string;
    /** `…/{account}/sagemaker/{region}/offline-store/{name}-{epoch}/data`, without a slash at the end. */
    resolvedOutputS3Uri: string;
    tableFormat: TableFormat;
    disableGlueTableCreation: boolean;
    /** Where the Glue table is; undefined when the group has none. */
    table?: { catalog: string; database: string; name: string };
    kmsKeyId?: string;
  };
}

export interface FeatureGroups {
  /** Finds a group by name or ARN (the ARN's name case-insensitively); undefined when there is none. */
  find(region: string, nameOrArn: string): FeatureGroup | undefined;
}
