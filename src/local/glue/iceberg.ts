/** Iceberg in small: a JSON metadata object beside the data that lists the snapshots and the files that each changed. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { RootDatabase } from 'lmdb';
import type { Objects } from '../s3/objects.js';
import { below, placeOf, uriOf, type Place } from '../store/s3-uri.js';
import { ServiceError } from '../wire/service-error.js';
import type { Table, Tables } from './tables.js';

export interface IcebergFile {
  key: string;
  rows: number;
  size: number;
}

export interface Snapshot {
  id: number;
  /** Milliseconds since the epoch. */
  committedAt: number;
  operation: 'append' | 'delete' | 'overwrite' | 'replace';
  added: IcebergFile[];
  /** Keys of the files that this snapshot no longer has. */
  removed: string[];
}

export interface IcebergMetadata {
  version: number;
  /** Files of the oldest snapshot that are older than it. */
  base: IcebergFile[];
  snapshots: Snapshot[];
}

export interface IcebergCore {
  dir: string;
  env: RootDatabase;
  now: () => number;
  objects: Objects;
  tables: Tables;
}

/** [Athena: Optimize Iceberg tables](https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html) */
const DEFAULT_MAX_SNAPSHOT_AGE_SECONDS = 432_000;
const DEFAULT_MIN_SNAPSHOTS_TO_KEEP = 1;

const EMPTY: IcebergMetadata = { version: 0, base: [], snapshots: [] };

/** What the table's `metadata_location` says; an empty table when it says nothing yet. */
export function readMetadata(core: Pick<IcebergCore, 'objects'>, table: Table): IcebergMetadata {
  const location = table.properties.metadata_location;
  if (!location) return EMPTY;
  const { bucket, key } = placeOf(location);
  const object = core.objects.head(bucket, key);
  if (!object) {
    throw new ServiceError(
      'ICEBERG_MISSING_METADATA',
      `Metadata not found in metadata location for table ${table.database}.${table.name}`,
    );
  }
  return JSON.parse(readFileSync(object.file, 'utf8')) as IcebergMetadata;
}

/** The files of one snapshot, by default of the newest. */
export function filesAt(metadata: IcebergMetadata, snapshotId = Infinity): IcebergFile[] {
  const files = new Map(metadata.base.map((file) => [file.key, file]));
  for (const snapshot of metadata.snapshots) {
    if (snapshot.id > snapshotId) break;
    snapshot.removed.forEach((key) => files.delete(key));
    snapshot.added.forEach((file) => files.set(file.key, file));
  }
  return [...files.values()];
}

/**
 * Adds a snapshot. Synchronous, inside the caller's lmdb write transaction. Throws ICEBERG_COMMIT_ERROR when a file
 * to remove is no longer in the table: someone else was first.
 */
export function commit(core: IcebergCore, table: Table, change: Omit<Snapshot, 'id' | 'committedAt'>): void {
  const current = core.tables.get(table.region, table.database, table.name);
  if (!current) throw new ServiceError('ICEBERG_COMMIT_ERROR', `Table ${table.database}.${table.name} is gone`);
  const metadata = readMetadata(core, current);
  const present = new Set(filesAt(metadata).map((file) => file.key));
  if (!change.removed.every((key) => present.has(key))) {
    throw new ServiceError(
      'ICEBERG_COMMIT_ERROR',
      `Failed to commit Iceberg update to table: ${table.database}.${table.name}`,
    );
  }
  const id = (metadata.snapshots.at(-1)?.id ?? 0) + 1;
  const snapshots = [...metadata.snapshots, { id, committedAt: core.now(), ...change }];
  write(core, current, { ...metadata, snapshots });
}

/**
 * Forgets snapshots past their age. Synchronous, inside the caller's lmdb write transaction. Returns the keys of the
 * objects that no snapshot needs any more, for the caller to delete.
 */
export function expireSnapshots(core: IcebergCore, table: Table): string[] {
  const metadata = readMetadata(core, table);
  const age = Number(table.properties.vacuum_max_snapshot_age_seconds ?? DEFAULT_MAX_SNAPSHOT_AGE_SECONDS);
  const keep = Number(table.properties.vacuum_min_snapshots_to_keep ?? DEFAULT_MIN_SNAPSHOTS_TO_KEEP);
  const { snapshots } = metadata;
  const young = snapshots.filter((snapshot) => snapshot.committedAt >= core.now() - age * 1000).length;
  const [oldest, ...newer] = snapshots.slice(-Math.max(young, keep, 1));
  if (!oldest) return [];
  const kept = {
    ...metadata,
    base: filesAt(metadata, oldest.id),
    snapshots: [{ ...oldest, added: [], removed: [] }, ...newer],
  };
  const needed = new Set(kept.snapshots.flatMap(({ id }) => filesAt(kept, id).map((file) => file.key)));
  const known = [...metadata.base, ...snapshots.flatMap(({ added }) => added)];
  write(core, table, kept);
  return [...new Set(known.map((file) => file.key))].filter((key) => !needed.has(key));
}

/** The folder that holds `data/` and `metadata/`. */
export const rootOf = (table: Table): Place => placeOf(table.location.replace(/\/data\/?$/, ''));

function write(core: IcebergCore, table: Table, metadata: IcebergMetadata): void {
  const version = metadata.version + 1;
  const name = `metadata/${String(version).padStart(5, '0')}-${randomUUID()}.metadata.json`;
  const place = below(rootOf(table), name);
  const path = `${core.dir}/tmp/${randomUUID()}`;
  mkdirSync(`${core.dir}/tmp`, { recursive: true });
  writeFileSync(path, JSON.stringify({ ...metadata, version }, undefined, 1));
  core.objects.adopt({ ...place, contentType: 'application/json' }, path);
  const previous = table.properties.metadata_location;
  const properties = { ...table.properties, table_type: 'ICEBERG', metadata_location: uriOf(place) };
  core.tables.replace({
    ...table,
    properties: { ...properties, ...(previous && { previous_metadata_location: previous }) },
  });
}
