/** Iceberg manifests and manifest lists, which name the files of a snapshot, in Avro. */
import type { Schema } from 'avsc';
import { decodeAvro, encodeAvro } from './avro.js';
import type { Metadata } from './iceberg-metadata.js';

/** A file of a table: rows, or positions of deleted rows in another file. */
export interface IcebergFile {
  key: string;
  rows: number;
  /** Bytes. */
  size: number;
  /** Partition value of the file; undefined in a table without partitions. */
  partition?: string | null;
  /** Key of the file whose rows it deletes. */
  deletesFrom?: string;
}

/** A file as listed in a snapshot. */
export interface Entry extends IcebergFile {
  status: Status;
  /** The snapshot that added or removed the file. */
  snapshotId: number;
  sequence: number;
}

export const EXISTING = 0 as Status;
export const ADDED = 1 as Status;
export const REMOVED = 2 as Status;
type Status = 0 | 1 | 2;

/** A manifest in a manifest list. */
export interface Manifest {
  manifest_path: string;
  manifest_length: number;
  content: number;
}

/**
 * Converts keys of a table to absolute locations and back. `keyOf` throws an Error for a location outside the table.
 */
export interface Paths {
  uriOf(key: string): string;
  keyOf(uri: string): string;
}

const field = (id: number, name: string, type: unknown) => ({ name, type, 'field-id': id });
const optional = (id: number, name: string, type: unknown) => ({ ...field(id, name, ['null', type]), default: null });

/** [Manifests](https://iceberg.apache.org/spec/#manifests), without what is optional and not known here. */
const entrySchema = ({ 'partition-specs': [spec] }: Metadata): Schema => {
  const partition = (spec?.fields ?? []).map(({ name, 'field-id': id }) => optional(id, avroName(name), 'string'));
  const file = [
    field(134, 'content', 'int'),
    field(100, 'file_path', 'string'),
    field(101, 'file_format', 'string'),
    field(102, 'partition', { type: 'record', name: 'r102', fields: partition }),
    field(103, 'record_count', 'long'),
    field(104, 'file_size_in_bytes', 'long'),
    optional(143, 'referenced_data_file', 'string'),
  ];
  const fields = [
    field(0, 'status', 'int'),
    optional(1, 'snapshot_id', 'long'),
    optional(3, 'sequence_number', 'long'),
    optional(4, 'file_sequence_number', 'long'),
    field(2, 'data_file', { type: 'record', name: 'r2', fields: file }),
  ];
  return { type: 'record', name: 'manifest_entry', fields } as Schema;
};

/** [Manifest lists](https://iceberg.apache.org/spec/#manifest-lists) */
const LIST_SCHEMA = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    field(500, 'manifest_path', 'string'),
    field(501, 'manifest_length', 'long'),
    field(502, 'partition_spec_id', 'int'),
    field(517, 'content', 'int'),
    field(515, 'sequence_number', 'long'),
    field(516, 'min_sequence_number', 'long'),
    field(503, 'added_snapshot_id', 'long'),
    field(504, 'added_files_count', 'int'),
    field(505, 'existing_files_count', 'int'),
    field(506, 'deleted_files_count', 'int'),
    field(512, 'added_rows_count', 'long'),
    field(513, 'existing_rows_count', 'long'),
    field(514, 'deleted_rows_count', 'long'),
  ],
} as Schema;

interface Row {
  status: Status;
  snapshot_id: number;
  sequence_number: number;
  data_file: {
    file_path: string;
    partition: Record<string, string | null>;
    record_count: number;
    file_size_in_bytes: number;
    referenced_data_file: string | null;
  };
}

/** Encodes files of one kind: data, or position deletes. */
export function encodeManifest(metadata: Metadata, entries: Entry[], paths: Paths): Buffer {
  const content = contentOf(entries);
  const { schemas, 'partition-specs': specs, 'current-schema-id': schemaId } = metadata;
  const names = (specs[0]?.fields ?? []).map(({ name }) => avroName(name));
  const rows = entries.map((entry) => ({
    status: entry.status,
    snapshot_id: entry.snapshotId,
    sequence_number: entry.sequence,
    file_sequence_number: entry.sequence,
    data_file: {
      content,
      file_path: paths.uriOf(entry.key),
      file_format: 'PARQUET',
      partition: Object.fromEntries(names.map((name) => [name, entry.partition ?? null])),
      record_count: entry.rows,
      file_size_in_bytes: entry.size,
      referenced_data_file: entry.deletesFrom === undefined ? null : paths.uriOf(entry.deletesFrom),
    },
  }));
  const described = {
    schema: JSON.stringify(schemas.find((schema) => schema['schema-id'] === schemaId)),
    'schema-id': String(schemaId),
    'partition-spec': JSON.stringify(specs[0]?.fields ?? []),
    'partition-spec-id': '0',
    'format-version': '2',
    content: content ? 'deletes' : 'data',
  };
  return encodeAvro(entrySchema(metadata), described, rows);
}

export function decodeManifest(metadata: Metadata, file: Buffer, paths: Paths): Entry[] {
  const [partition] = metadata['partition-specs'][0]?.fields ?? [];
  return decodeAvro<Row>(entrySchema(metadata), file).map((row) => ({
    status: row.status,
    snapshotId: row.snapshot_id,
    sequence: row.sequence_number,
    key: paths.keyOf(row.data_file.file_path),
    rows: row.data_file.record_count,
    size: row.data_file.file_size_in_bytes,
    ...(partition && { partition: row.data_file.partition[avroName(partition.name)] ?? null }),
    ...(row.data_file.referenced_data_file !== null && {
      deletesFrom: paths.keyOf(row.data_file.referenced_data_file),
    }),
  }));
}

const contentOf = ([first]: Entry[]): number => (first?.deletesFrom === undefined ? 0 : 1);

interface WrittenManifest {
  uri: string;
  /** Bytes. */
  length: number;
  entries: Entry[];
  at: Pick<Entry, 'snapshotId' | 'sequence'>;
}

/** The entry of a manifest in the manifest list. */
export function describeManifest({ uri, length, entries, at }: WrittenManifest): Manifest & Record<string, unknown> {
  const of = (status: Status) => entries.filter((entry) => entry.status === status);
  const rowsOf = (status: Status) => of(status).reduce((sum, { rows }) => sum + rows, 0);
  return {
    manifest_path: uri,
    manifest_length: length,
    partition_spec_id: 0,
    content: contentOf(entries),
    sequence_number: at.sequence,
    min_sequence_number: Math.min(...entries.map(({ sequence }) => sequence)),
    added_snapshot_id: at.snapshotId,
    added_files_count: of(ADDED).length,
    existing_files_count: of(EXISTING).length,
    deleted_files_count: of(REMOVED).length,
    added_rows_count: rowsOf(ADDED),
    existing_rows_count: rowsOf(EXISTING),
    deleted_rows_count: rowsOf(REMOVED),
  };
}

export const encodeList = (manifests: Manifest[], at: Pick<Entry, 'snapshotId' | 'sequence'>): Buffer =>
  encodeAvro(
    LIST_SCHEMA,
    { 'snapshot-id': String(at.snapshotId), 'sequence-number': String(at.sequence), 'format-version': '2' },
    manifests,
  );

export const decodeList = (file: Buffer): Manifest[] => decodeAvro<Manifest>(LIST_SCHEMA, file);

/** Feature names may have hyphens, which Avro names may not; encoded like the Iceberg library does. */
const avroName = (name: string): string =>
  name.replace(/^\d/, '_$&').replace(/\W/g, (sign) => `_x${sign.codePointAt(0)!.toString(16).toUpperCase()}`);
