/**
 * Iceberg tables, format 2: `metadata_location` names a metadata.json, which names a manifest list for each snapshot.
 * [Specification](https://iceberg.apache.org/spec/)
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Objects } from '../s3/objects.js';
import type { Core } from '../store/core.js';
import { below, placeOf, uriOf, type Place } from '../store/s3-uri.js';
import { ServiceError } from '../wire/service-error.js';
import {
  currentSnapshot,
  emptyMetadata,
  fieldsOf,
  OPERATIONS,
  rootOf,
  schemaOf,
  withSnapshots,
  type Metadata,
  type Operation,
  type Snapshot,
} from './iceberg-metadata.js';
import * as manifests from './manifests.js';
import type { Entry, IcebergFile, Paths } from './manifests.js';
import type { Table, Tables } from './tables.js';

export type { Entry, IcebergFile } from './manifests.js';
export { fieldIds, partitioningOf, rootOf, type Metadata, type Snapshot } from './iceberg-metadata.js';

export type IcebergCore = Pick<Core, 'dir' | 'env' | 'now'> & { objects: Objects; tables: Tables };

export interface Change {
  operation: Operation;
  added: IcebergFile[];
  /** Keys of the files removed by the new snapshot. */
  removed: string[];
}

/** [Athena: Optimize Iceberg tables](https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html) */
const DEFAULT_MAX_SNAPSHOT_AGE_SECONDS = 432_000;
const DEFAULT_MIN_SNAPSHOTS_TO_KEEP = 1;

/** Adds an empty table to the catalog, partitioned by days of `eventTime` if given. Synchronous, as `Tables.insert`. */
export function createIceberg(core: IcebergCore, table: Table, eventTime?: string): void {
  const metadata = emptyMetadata(core, table, eventTime);
  core.tables.insert(table);
  write(core, table, metadata);
}

/** Adds columns to a table. Synchronous, as `Tables.replace`. */
export function widenIceberg(core: IcebergCore, table: Table): void {
  const metadata = readMetadata(core, table);
  const schema = schemaOf(metadata);
  const known = new Set(schema.fields.map(({ name }) => name.toLowerCase()));
  const added = fieldsOf(
    table.columns.filter(({ name }) => !known.has(name.toLowerCase())),
    metadata['last-column-id'],
  );
  const id = Math.max(...metadata.schemas.map((each) => each['schema-id'])) + 1;
  const fields = [...schema.fields, ...added];
  const place = new Map(table.columns.map(({ name }, i) => [name.toLowerCase(), i]));
  fields.sort((a, b) => place.get(a.name.toLowerCase())! - place.get(b.name.toLowerCase())!);
  write(core, table, {
    ...metadata,
    'last-column-id': metadata['last-column-id'] + added.length,
    'current-schema-id': id,
    schemas: [...metadata.schemas, { ...schema, 'schema-id': id, fields }],
  });
}

/** Reads the metadata at `metadata_location`; that of an empty table if there is none yet. */
export function readMetadata(core: Pick<IcebergCore, 'objects' | 'now'>, table: Table): Metadata {
  const location = table.properties.metadata_location;
  if (!location) return emptyMetadata(core, table);
  return reading(table, () => {
    const metadata = JSON.parse(read(core, placeOf(location), table).toString()) as Metadata;
    const numbers = metadata.snapshots.flatMap((each) => [
      each['snapshot-id'],
      each['parent-snapshot-id'] ?? 0,
      each['timestamp-ms'],
    ]);
    const operations = metadata.snapshots.map(({ summary }) => summary.operation);
    if (metadata['format-version'] !== 2 || !numbers.every(Number.isSafeInteger)) throw new Error('not format 2');
    if (!operations.every((each) => OPERATIONS.includes(each))) throw new Error('an unknown operation');
    return metadata;
  });
}

/** The files of a snapshot, by default the current one. */
export function filesAt(
  core: Pick<IcebergCore, 'objects'>,
  { table, metadata, snapshot = currentSnapshot(metadata) }: { table: Table; metadata: Metadata; snapshot?: Snapshot },
): Entry[] {
  if (!snapshot) return [];
  const paths = pathsOf(table);
  const open = (uri: string) => read(core, { ...rootOf(table), key: paths.keyOf(uri) }, table);
  return reading(table, () =>
    manifests
      .decodeList(open(snapshot['manifest-list']))
      .flatMap((manifest) => manifests.decodeManifest(metadata, open(manifest.manifest_path), paths))
      .filter(({ status }) => status !== manifests.REMOVED),
  );
}

/**
 * Adds a snapshot. Synchronous, inside the lmdb write transaction of the caller. Throws ICEBERG_COMMIT_ERROR if a file
 * concerned is no longer in the table, or has lost rows meanwhile: another commit was first.
 */
export function commit(core: IcebergCore, table: Table, { operation, added, removed }: Change): void {
  const current = core.tables.get(table.region, table.database, table.name);
  if (!current) throw new ServiceError('ICEBERG_COMMIT_ERROR', `Table ${table.database}.${table.name} is gone`);
  const metadata = readMetadata(core, current);
  const before = filesAt(core, { table: current, metadata });
  const gone = new Set(removed);
  const [dropped, kept] = [before.filter(({ key }) => gone.has(key)), before.filter(({ key }) => !gone.has(key))];
  const present = new Set(kept.map(({ key }) => key));
  const orphan = [...kept, ...added].some(({ deletesFrom }) => deletesFrom !== undefined && !present.has(deletesFrom));
  if (orphan || dropped.length < gone.size) {
    const words = `Failed to commit Iceberg update to table: ${table.database}.${table.name}`;
    throw new ServiceError('ICEBERG_COMMIT_ERROR', words);
  }
  const at = { snapshotId: randomBytes(6).readUIntBE(0, 6) + 1, sequence: metadata['last-sequence-number'] + 1 };
  const entries: Entry[] = [
    ...kept.map((entry) => ({ ...entry, status: manifests.EXISTING })),
    ...dropped.map((entry) => ({ ...entry, status: manifests.REMOVED, snapshotId: at.snapshotId })),
    ...added.map((file) => ({ ...file, ...at, status: manifests.ADDED })),
  ];
  const list = writeManifests(core, current, { metadata, entries, at });
  const parent = currentSnapshot(metadata);
  const snapshot: Snapshot = {
    'snapshot-id': at.snapshotId,
    ...(parent && { 'parent-snapshot-id': parent['snapshot-id'] }),
    'sequence-number': at.sequence,
    'timestamp-ms': core.now(),
    'manifest-list': list,
    summary: { operation },
    'schema-id': metadata['current-schema-id'],
  };
  write(core, current, withSnapshots(metadata, [...metadata.snapshots, snapshot]));
}

/**
 * Expires old snapshots. Synchronous, inside the lmdb write transaction of the caller. Returns the keys of files below
 * the table that no snapshot needs and that are older than the same age, for the caller to delete.
 */
export function expireSnapshots(core: IcebergCore, table: Table): string[] {
  const metadata = readMetadata(core, table);
  const age = Number(table.properties.vacuum_max_snapshot_age_seconds ?? DEFAULT_MAX_SNAPSHOT_AGE_SECONDS);
  const keep = Number(table.properties.vacuum_min_snapshots_to_keep ?? DEFAULT_MIN_SNAPSHOTS_TO_KEEP);
  const oldest = core.now() - age * 1000;
  const young = metadata.snapshots.filter((snapshot) => snapshot['timestamp-ms'] >= oldest).length;
  const snapshots = metadata.snapshots.slice(-Math.max(young, keep, 1));
  const paths = pathsOf(table);
  const { bucket, key: root } = rootOf(table);
  const needed = new Set([write(core, table, withSnapshots(metadata, snapshots)).key]);
  for (const snapshot of snapshots) {
    const list = paths.keyOf(snapshot['manifest-list']);
    const inside = manifests.decodeList(read(core, { bucket, key: list }, table));
    const files = filesAt(core, { table, metadata, snapshot });
    [list, ...inside.map((each) => paths.keyOf(each.manifest_path)), ...files.map(({ key }) => key)].forEach((key) =>
      needed.add(key),
    );
  }
  const old = [...core.objects.list(bucket, `${root}/`)].filter(({ lastModified }) => lastModified < oldest);
  return old.map(({ key }) => key).filter((key) => !needed.has(key));
}

interface Written {
  metadata: Metadata;
  entries: Entry[];
  at: Pick<Entry, 'snapshotId' | 'sequence'>;
}

/** Writes one manifest for data, one for deletes, and the list of both; returns the URI of the list. */
function writeManifests(core: IcebergCore, table: Table, { metadata, entries, at }: Written): string {
  const paths = pathsOf(table);
  const kinds = [false, true].map((deletes) =>
    entries.filter((entry) => (entry.deletesFrom !== undefined) === deletes),
  );
  const written = kinds
    .filter((kind) => kind.length > 0)
    .map((kind, i) => {
      const bytes = manifests.encodeManifest(metadata, kind, paths);
      const place = adopt(core, below(rootOf(table), `metadata/${randomUUID()}-m${i}.avro`), bytes);
      return manifests.describeManifest({ uri: uriOf(place), length: bytes.length, entries: kind, at });
    });
  const name = `metadata/snap-${at.snapshotId}-1-${randomUUID()}.avro`;
  return uriOf(adopt(core, below(rootOf(table), name), manifests.encodeList(written, at)));
}

function write(core: IcebergCore, table: Table, metadata: Metadata): Place {
  const previous = table.properties.metadata_location;
  const version = Number(/\/metadata\/(\d{5})-[^/]*$/.exec(previous ?? '')?.[1] ?? -1) + 1;
  const name = `metadata/${String(version).padStart(5, '0')}-${randomUUID()}.metadata.json`;
  const text = JSON.stringify({ ...metadata, 'last-updated-ms': core.now() }, undefined, 1);
  const place = adopt(core, below(rootOf(table), name), Buffer.from(text));
  const properties = { ...table.properties, table_type: 'ICEBERG', metadata_location: uriOf(place) };
  core.tables.replace({
    ...table,
    properties: { ...properties, ...(previous && { previous_metadata_location: previous }) },
  });
  return place;
}

function adopt(core: IcebergCore, place: Place, bytes: Buffer): Place {
  const path = core.objects.temp();
  writeFileSync(path, bytes);
  core.objects.adopt(place, path);
  return place;
}

function read(core: Pick<IcebergCore, 'objects'>, { bucket, key }: Place, { database, name }: Table): Buffer {
  const object = core.objects.head(bucket, key);
  if (object) return readFileSync(object.file);
  const words = `Metadata not found in metadata location for table ${database}.${name}`;
  throw new ServiceError('ICEBERG_MISSING_METADATA', words);
}

/** Metadata are ordinary objects, which anyone may have overwritten. */
function reading<T>(table: Table, from: () => T): T {
  try {
    return from();
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    const words = `Invalid metadata file for table ${table.database}.${table.name}: ${(error as Error).message}`;
    throw new ServiceError('ICEBERG_INVALID_METADATA', words);
  }
}

/** Files of a table are below its own folder, whatever its metadata say. */
function pathsOf(table: Table): Paths {
  const root = `${uriOf(rootOf(table))}/`;
  const { bucket } = rootOf(table);
  return {
    uriOf: (key) => uriOf({ bucket, key }),
    keyOf(uri) {
      if (typeof uri !== 'string' || !uri.startsWith(root)) throw new Error(`${uri} is not below ${root}`);
      return placeOf(uri).key;
    },
  };
}
