/** The schema of a group for other tools: schema file, CloudFormation, Terraform, Hive table. Pure. */
import type { FeatureDefinition as DescribedFeature } from '@aws-sdk/client-sagemaker';
import { UsageError } from '../../errors.js';
import { toDefinition, type FeatureGroup } from '../groups/describe.js';
import { DELETION_COLUMN, SYSTEM_COLUMNS } from '../records/offline-columns.js';

/** The input of `create --schema-file`. */
export interface SchemaFile {
  FeatureGroupName?: string;
  RecordIdentifierFeatureName?: string;
  EventTimeFeatureName?: string;
  FeatureDefinitions: DescribedFeature[];
}

/** The parts of DescribeFeatureGroup that define a schema. */
export function schemaFileOf(group: FeatureGroup): SchemaFile {
  return {
    FeatureGroupName: group.name,
    RecordIdentifierFeatureName: group.recordIdentifier,
    EventTimeFeatureName: group.eventTime,
    FeatureDefinitions: group.features.map(toDefinition),
  };
}

/** One feature of each type, with the names that `create` expects by default. */
export const SCHEMA_TEMPLATE: SchemaFile = {
  RecordIdentifierFeatureName: 'id',
  EventTimeFeatureName: 'event_time',
  FeatureDefinitions: [
    { FeatureName: 'id', FeatureType: 'String' },
    { FeatureName: 'event_time', FeatureType: 'String' },
    { FeatureName: 'visits', FeatureType: 'Integral' },
    { FeatureName: 'score', FeatureType: 'Fractional' },
  ],
};

/**
 * A CloudFormation template with this group, to be printed as JSON, which leaves out what is undefined.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-featuregroup.html
 */
export function toCloudFormation(group: FeatureGroup): object {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: {
      [logicalId(group.name)]: {
        Type: 'AWS::SageMaker::FeatureGroup',
        Properties: {
          ...schemaFileOf(group),
          Description: group.described.Description,
          RoleArn: group.described.RoleArn,
          OnlineStoreConfig: group.online && group.described.OnlineStoreConfig,
          OfflineStoreConfig: group.offline && offlineProperties(group),
          ThroughputConfig: group.described.ThroughputConfig,
        },
      },
    },
  };
}

/** The resolved location and the generated table are outputs of the service, not inputs. */
function offlineProperties({ described }: FeatureGroup): object {
  const { S3StorageConfig, TableFormat } = described.OfflineStoreConfig ?? {};
  return { S3StorageConfig: { S3Uri: S3StorageConfig?.S3Uri, KmsKeyId: S3StorageConfig?.KmsKeyId }, TableFormat };
}

const logicalId = (name: string) =>
  name.replace(/(?:^|[-_]+)([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());

/**
 * A resource of the AWS provider of Terraform.
 * @see https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sagemaker_feature_group
 */
export function toTerraform({
  name,
  features,
  online,
  offline,
  throughput,
  described,
  ...group
}: FeatureGroup): string {
  const settings = {
    feature_group_name: name,
    record_identifier_feature_name: group.recordIdentifier,
    event_time_feature_name: group.eventTime,
    role_arn: described.RoleArn,
    description: described.Description,
    feature_definition: features.map((feature) => ({
      feature_name: feature.name,
      feature_type: feature.type,
      collection_type: feature.collection,
      collection_config: feature.dimension && { vector_config: { dimension: feature.dimension } },
    })),
    online_store_config: online && {
      enable_online_store: true,
      storage_type: online.storageType,
      security_config: keyOf(described.OnlineStoreConfig?.SecurityConfig?.KmsKeyId),
      ttl_duration: online.ttl && { unit: online.ttl.unit, value: online.ttl.value },
    },
    offline_store_config: offline && {
      table_format: offline.tableFormat,
      s3_storage_config: {
        s3_uri: offline.s3Uri,
        ...keyOf(described.OfflineStoreConfig?.S3StorageConfig?.KmsKeyId),
      },
    },
    throughput_config: throughput && {
      throughput_mode: throughput.mode,
      provisioned_read_capacity_units: throughput.read,
      provisioned_write_capacity_units: throughput.write,
    },
  };
  const resource = quoted(name.replaceAll('-', '_').replace(/^(\d)/, '_$1'));
  const [attributes, blocks] = hcl(settings);
  const body = [...attributes, ...blocks.flatMap((block) => ['', ...block])];
  return [`resource "aws_sagemaker_feature_group" ${resource} {`, ...indented(body), '}', ''].join('\n');
}

const keyOf = (key: string | undefined) => (key ? { kms_key_id: key } : undefined);

/** The members of a block: attributes, aligned as `terraform fmt` does, and blocks, one for each element of a list. */
function hcl(members: object): [attributes: string[], blocks: string[][]] {
  const given = Object.entries(members).flatMap(([name, value]) =>
    [value as unknown].flat().map((each) => [name, each] as const),
  );
  const plain = given.filter(([, value]) => typeof value !== 'object' && value !== undefined && value !== '');
  const width = Math.max(...plain.map(([name]) => name.length));
  const attributes = plain.map(
    ([name, value]) => `${name.padEnd(width)} = ${typeof value === 'string' ? quoted(value) : String(value)}`,
  );
  const blocks = given.flatMap(([name, value]) => {
    if (typeof value !== 'object') return [];
    const [own, inner] = hcl(value as object);
    return [[`${name} {`, ...indented([...own, ...inner.flat()]), '}']];
  });
  return [attributes, blocks];
}

const indented = (lines: string[]) => lines.map((line) => (line === '' ? '' : `  ${line}`));

/** A string in HCL, where `${` and `%{` start templates. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[$%]\{/g, (start) => `${start[0]}${start}`);
}

const HIVE_TYPES = { Integral: 'bigint', Fractional: 'double', String: 'string' } as const;

/**
 * CREATE TABLE over the offline files of the group, as Feature Store creates it.
 * @throws UsageError for a group without such files
 */
export function toHive(group: FeatureGroup): string {
  const { table, tableFormat, resolvedOutputS3Uri } = group.offline ?? {};
  if (!resolvedOutputS3Uri)
    throw new UsageError(`Feature group ${group.name} has no offline store, so there is no table to make.`);
  if (tableFormat === 'Iceberg')
    throw new UsageError(
      `The offline store of ${group.name} is an Iceberg table, which only its own metadata can describe: use ${table?.database}.${table?.name} as it is.`,
    );
  const columns: [name: string, type: string][] = [
    ...group.features.map(({ name, type }): [string, string] => [name.toLowerCase(), HIVE_TYPES[type]]),
    ...SYSTEM_COLUMNS.map((name): [string, string] => [name, 'timestamp']),
    [DELETION_COLUMN, 'boolean'],
  ];
  const name = table
    ? `${backquoted(table.database)}.${backquoted(table.name)}`
    : backquoted(group.name.replaceAll('-', '_'));
  return [
    `CREATE EXTERNAL TABLE ${name} (`,
    columns.map(([column, type]) => `  ${backquoted(column)} ${type}`).join(',\n'),
    ')',
    'STORED AS PARQUET',
    `LOCATION '${resolvedOutputS3Uri}'`,
    '',
  ].join('\n');
}

const backquoted = (name: string) => `\`${name.toLowerCase().replaceAll('`', '``')}\``;
