/** The schema of a group for other tools: schema file, CloudFormation, Terraform, Hive table. Pure. */
import type { FeatureDefinition as DescribedFeature } from '@aws-sdk/client-sagemaker';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';

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

function toDefinition({ name, type, collection, dimension }: FeatureDefinition): DescribedFeature {
  return {
    FeatureName: name,
    FeatureType: type,
    ...(collection && { CollectionType: collection }),
    ...(dimension !== undefined && { CollectionConfig: { VectorConfig: { Dimension: dimension } } }),
  };
}

/**
 * A CloudFormation template with this group.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-featuregroup.html
 */
export function toCloudFormation(group: FeatureGroup): object {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: {
      [logicalId(group.name)]: {
        Type: 'AWS::SageMaker::FeatureGroup',
        Properties: withoutUndefined({
          ...schemaFileOf(group),
          Description: group.described.Description,
          RoleArn: group.described.RoleArn,
          OnlineStoreConfig: group.online && group.described.OnlineStoreConfig,
          OfflineStoreConfig: group.offline && offlineProperties(group),
          ThroughputConfig: group.described.ThroughputConfig,
        }),
      },
    },
  };
}

/** The resolved location and the generated table are outputs of the service, not inputs. */
function offlineProperties({ described }: FeatureGroup): object {
  const { S3StorageConfig, TableFormat } = described.OfflineStoreConfig ?? {};
  return withoutUndefined({
    S3StorageConfig: withoutUndefined({ S3Uri: S3StorageConfig?.S3Uri, KmsKeyId: S3StorageConfig?.KmsKeyId }),
    TableFormat,
  });
}

const logicalId = (name: string) =>
  name.replace(/(?:^|[-_]+)([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());

function withoutUndefined<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}

/**
 * A resource of the AWS provider of Terraform.
 * @see https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sagemaker_feature_group
 */
export function toTerraform(group: FeatureGroup): string {
  const { online, offline, throughput, described } = group;
  const top = [
    ['feature_group_name', quoted(group.name)],
    ['record_identifier_feature_name', quoted(group.recordIdentifier)],
    ['event_time_feature_name', quoted(group.eventTime)],
    ...(described.RoleArn ? [['role_arn', quoted(described.RoleArn)]] : []),
    ...(described.Description ? [['description', quoted(described.Description)]] : []),
  ];
  const blocks = [
    ...group.features.map(featureBlock),
    ...(online ? [onlineBlock(group)] : []),
    ...(offline ? [offlineBlock(group)] : []),
    ...(throughput ? [throughputBlock(throughput)] : []),
  ];
  const body = [...attributes(top), ...blocks.flatMap((lines) => ['', ...lines])];
  return [
    `resource "aws_sagemaker_feature_group" ${quoted(resourceName(group.name))} {`,
    ...indented(body),
    '}',
    '',
  ].join('\n');
}

function featureBlock({ name, type, collection, dimension }: FeatureDefinition): string[] {
  const lines = attributes([
    ['feature_name', quoted(name)],
    ['feature_type', quoted(type)],
    ...(collection ? [['collection_type', quoted(collection)]] : []),
  ]);
  const vector = block('vector_config', attributes([['dimension', String(dimension)]]));
  return block(
    'feature_definition',
    dimension === undefined ? lines : [...lines, ...block('collection_config', vector)],
  );
}

function onlineBlock({ online, described }: FeatureGroup): string[] {
  const key = described.OnlineStoreConfig?.SecurityConfig?.KmsKeyId;
  const ttl = online?.ttl;
  return block('online_store_config', [
    ...attributes([
      ['enable_online_store', 'true'],
      ['storage_type', quoted(online!.storageType)],
    ]),
    ...(key ? block('security_config', attributes([['kms_key_id', quoted(key)]])) : []),
    ...(ttl
      ? block(
          'ttl_duration',
          attributes([
            ['unit', quoted(ttl.unit)],
            ['value', String(ttl.value)],
          ]),
        )
      : []),
  ]);
}

function offlineBlock({ offline, described }: FeatureGroup): string[] {
  const key = described.OfflineStoreConfig?.S3StorageConfig?.KmsKeyId;
  const place = attributes([['s3_uri', quoted(offline!.s3Uri)], ...(key ? [['kms_key_id', quoted(key)]] : [])]);
  return block('offline_store_config', [
    ...attributes([['table_format', quoted(offline!.tableFormat)]]),
    ...block('s3_storage_config', place),
  ]);
}

function throughputBlock({ mode, read, write }: NonNullable<FeatureGroup['throughput']>): string[] {
  return block(
    'throughput_config',
    attributes([
      ['throughput_mode', quoted(mode)],
      ...(read === undefined ? [] : [['provisioned_read_capacity_units', String(read)]]),
      ...(write === undefined ? [] : [['provisioned_write_capacity_units', String(write)]]),
    ]),
  );
}

/** Aligns the equals signs, as `terraform fmt` does. */
function attributes(pairs: string[][]): string[] {
  const width = Math.max(...pairs.map(([name]) => name!.length));
  return pairs.map(([name, value]) => `${name!.padEnd(width)} = ${value}`);
}

const block = (name: string, lines: string[]): string[] => [`${name} {`, ...indented(lines), '}'];
const indented = (lines: string[]) => lines.map((line) => (line === '' ? '' : `  ${line}`));
const resourceName = (name: string) => name.replaceAll('-', '_').replace(/^(\d)/, '_$1');

/** A string in HCL, where `${` and `%{` start templates. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[$%]\{/g, (start) => `${start[0]}${start}`);
}

const HIVE_TYPES = { Integral: 'bigint', Fractional: 'double', String: 'string' } as const;
/** Columns that Feature Store adds. */
const SYSTEM_COLUMNS = [
  ['write_time', 'timestamp'],
  ['api_invocation_time', 'timestamp'],
  ['is_deleted', 'boolean'],
] as const;

/** CREATE TABLE over the offline files of the group, as Feature Store creates it. */
export function toHive(group: FeatureGroup & { offline: NonNullable<FeatureGroup['offline']> }): string {
  const columns = [
    ...group.features.map(({ name, type }) => [name.toLowerCase(), HIVE_TYPES[type]]),
    ...SYSTEM_COLUMNS,
  ];
  const { table, resolvedOutputS3Uri } = group.offline;
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
