/** Iceberg's metadata.json: a table's schemas, partitions and snapshots. [Specification](https://iceberg.apache.org/spec/#table-metadata) */
import { randomUUID } from 'node:crypto';
import { placeOf, uriOf, type Place } from '../store/s3-uri.js';
import { ServiceError } from '../wire/service-error.js';
import type { Column, Table } from './tables.js';

export interface Snapshot {
  'snapshot-id': number;
  'parent-snapshot-id'?: number;
  'sequence-number': number;
  /** Milliseconds since the epoch. */
  'timestamp-ms': number;
  'manifest-list': string;
  summary: { operation: Operation } & Record<string, string>;
  'schema-id': number;
}

/** `overwrite` is the name in Iceberg 1.4, the library of Athena, for a commit that adds position delete files. */
export const OPERATIONS = ['append', 'delete', 'overwrite', 'replace'] as const;
export type Operation = (typeof OPERATIONS)[number];

const NO_SNAPSHOT = -1;
const FIRST_PARTITION_ID = 1000;

/** The folder of `data/` and `metadata/`. */
export const rootOf = (table: Table): Place => placeOf(table.location.replace(/\/data\/?$/, ''));

export const currentSnapshot = (metadata: Metadata): Snapshot | undefined =>
  metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === metadata['current-snapshot-id']);

/** The columns of a snapshot, by lower-case name, with their field ids. */
export function fieldIds(metadata: Metadata, snapshot?: Snapshot): Map<string, number> {
  return new Map(schemaOf(metadata, snapshot).fields.map(({ name, id }) => [name.toLowerCase(), id]));
}

/**
 * The event-time column by which rows are partitioned, as in the schema, and the label of its days; undefined without
 * partitions.
 */
export function partitioningOf(metadata: Metadata): { column: string; label: string } | undefined {
  const [field] = metadata['partition-specs'][0].fields;
  const source = schemaOf(metadata).fields.find(({ id }) => id === field?.['source-id']);
  return field && source && { column: source.name, label: field.name };
}

export type Metadata = ReturnType<typeof emptyMetadata>;

/** The metadata of a table without snapshots, partitioned by days of `eventTime` if given. */
export function emptyMetadata(core: { now: () => number }, table: Table, eventTime?: string) {
  const fields = fieldsOf(table.columns, 0);
  const source = fields.find(({ name }) => name === eventTime);
  const partition = source && {
    name: `${source.name}_trunc`,
    transform: 'truncate[10]',
    'source-id': source.id,
    'field-id': FIRST_PARTITION_ID,
  };
  return {
    'format-version': 2,
    'table-uuid': randomUUID(),
    location: uriOf(rootOf(table)),
    'last-sequence-number': 0,
    'last-updated-ms': core.now(),
    'last-column-id': fields.length,
    'current-schema-id': 0,
    schemas: [{ type: 'struct', 'schema-id': 0, fields }],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: partition ? [partition] : [] }] as const,
    'last-partition-id': partition ? FIRST_PARTITION_ID : FIRST_PARTITION_ID - 1,
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: {},
    'current-snapshot-id': NO_SNAPSHOT,
    refs: {} as Record<string, object>,
    snapshots: [] as Snapshot[],
    'snapshot-log': [] as object[],
  };
}

export function withSnapshots(metadata: Metadata, snapshots: Snapshot[]): Metadata {
  const newest = snapshots.at(-1);
  return {
    ...metadata,
    snapshots,
    'last-sequence-number': newest?.['sequence-number'] ?? metadata['last-sequence-number'],
    'current-snapshot-id': newest?.['snapshot-id'] ?? NO_SNAPSHOT,
    refs: newest ? { main: { 'snapshot-id': newest['snapshot-id'], type: 'branch' } } : {},
    'snapshot-log': snapshots.map((each) => ({
      'snapshot-id': each['snapshot-id'],
      'timestamp-ms': each['timestamp-ms'],
    })),
  };
}

const ICEBERG_TYPES: Record<string, string> = { bigint: 'long', tinyint: 'int', smallint: 'int' };
const SAME_TYPES = /^(?:int|double|float|string|boolean|date|timestamp|binary|decimal\(\d+, ?\d+\))$/;

/** Fields with ids after `lastId`. Throws NOT_SUPPORTED for arrays, maps and rows. */
export function fieldsOf(columns: Column[], lastId: number) {
  return columns.map(({ name, type }, i) => {
    const known = ICEBERG_TYPES[type] ?? (SAME_TYPES.test(type) ? type : undefined);
    if (!known) {
      const words = `the Iceberg tables of the embedded store have no columns of type ${type}: ${name}`;
      throw new ServiceError('NOT_SUPPORTED', words);
    }
    return { id: lastId + i + 1, name, required: false, type: known };
  });
}

export function schemaOf(metadata: Metadata, snapshot?: Snapshot) {
  const id = snapshot?.['schema-id'] ?? metadata['current-schema-id'];
  return metadata.schemas.find((schema) => schema['schema-id'] === id) ?? metadata.schemas.at(-1)!;
}
