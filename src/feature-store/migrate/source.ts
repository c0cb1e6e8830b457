/** Where the rows of a migration come from: the offline store by way of Athena, or the online store page by page. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Clients } from '../../config.js';
import { CommandError } from '../../errors.js';
import { removeResult } from '../offline/athena-result.js';
import type { AthenaOptions, AthenaQuery } from '../offline/athena-run.js';
import type { Migration } from './check.js';
import type { Found } from './plan.js';
import { outputPlace, type OutputChoice } from '../offline/output-place.js';
import { recordsSql, type RowChoice } from '../offline/sql.js';
import type { FeatureGroup } from '../groups/describe.js';
import { countRecords, queryRecords, readRows, type SourceRow } from '../offline/offline-store.js';
import { listIdentifiers } from '../online/list.js';
import { readListing, writeListing } from './listing.js';
import { countOnlineRecords, readOnlineRows, type OnlineReadOptions } from '../online/online-records.js';

export interface MigrationSource {
  /** Counts what is there; fails where it cannot be read. */
  find(): Promise<Found>;
  /** Resolves once the source is sure to be readable; under the token or id of an earlier query, with its result. */
  open(query?: Pick<AthenaQuery, 'token' | 'id' | 'started'> & { listing?: Listing }): Promise<OpenSource>;
  /** The statement that reads it. */
  sql?: string;
}

/** Where an online source keeps its identifiers, so that a resumed run meets them in the same order. */
export interface Listing {
  path: string;
  /** True to go on with the one that an earlier run has left. */
  continued: boolean;
}

export interface OpenSource {
  /** All rows from the first on, each time it is called. */
  rows(): AsyncIterable<SourceRow[]>;
  /** Removes what reading has left behind. */
  remove(): Promise<void>;
}

export interface SourceOptions extends AthenaOptions, OnlineReadOptions {
  /** How the group is named in calls: an ARN reaches a group of another account. Its name when undefined. */
  nameOrArn?: string;
}

/** The source that the migration is to read. Nothing is asked before one of its functions is called. */
export function migrationSource(aws: Clients, migration: Migration, options: SourceOptions): MigrationSource {
  return migration.readFrom === 'offline'
    ? offlineSource(aws, migration, options)
    : onlineSource(aws, migration, options);
}

function offlineSource(aws: Clients, { source: group, choice }: Migration, options: SourceOptions): MigrationSource {
  const query = { ...options, ...choice, features: choice.features ?? group.features };
  return {
    sql: recordsSql(group, choice),
    async find() {
      const results = await resultsOf(aws, group, query);
      const { chosen, bytes, writeUnits, scannedBytes, ...counts } = await countRecords(aws, group, query);
      const measured = { averageRecordBytes: bytes, averageWriteUnits: writeUnits, athenaBytes: scannedBytes };
      return { ...counts, ...measured, results, toWrite: chosen };
    },
    async open(started = {}) {
      const result = await queryRecords(aws, group, { ...query, ...started });
      const rows = () => readRows(aws, result, query);
      await readSome(rows());
      // What the other shards read from, too, is not this one's to remove.
      const remove = () => (choice.shard?.shared ? Promise.resolve() : removeResult(aws, result, options.note));
      return { rows, remove };
    },
  };
}

function onlineSource(aws: Clients, { source: group }: Migration, options: SourceOptions): MigrationSource {
  const online = async () => ({ runtime: await aws.bulkRuntime(), group, nameOrArn: options.nameOrArn });
  return {
    async find() {
      const counts = await countOnlineRecords(await online(), options);
      return { ...counts, toWrite: counts.live };
    },
    async open({ listing } = {}) {
      const target = await online();
      const pages = () => listIdentifiers(target, options);
      const isKept = listing !== undefined && (await keepListing(listing, pages()));
      return {
        rows: () => readOnlineRows(target, isKept ? readListing(listing.path) : pages(), options),
        remove: () => (isKept ? rm(listing.path, { force: true }) : Promise.resolve()),
      };
    },
  };
}

/** Where the results will be, and what becomes of them. */
async function resultsOf(
  aws: Clients,
  group: FeatureGroup,
  { shard, ...options }: Pick<RowChoice, 'shard'> & OutputChoice,
): Promise<string> {
  const { words } = await outputPlace(aws, group, options);
  if (!words.includes('s3://')) return words;
  return `${words}, ${shard?.shared ? 'where the one that all shards read stays' : 'removed afterwards'}`;
}

/** Throws where there is nothing to be read; before a target is cleared is the time to know. */
async function readSome(rows: AsyncIterable<SourceRow[]>): Promise<void> {
  for await (const batch of rows) if (batch.length > 0) return;
}

/**
 * False where the folder cannot be written: the run can do without, and is not resumed then.
 * @throws CommandError where the list of the earlier run is gone
 */
async function keepListing({ path, continued }: Listing, pages: AsyncIterable<string[]>): Promise<boolean> {
  if (continued) {
    if (existsSync(path)) return true;
    throw new CommandError(`${path}, its list of identifiers, is gone.`);
  }
  try {
    await writeListing(path, pages);
    return true;
  } catch (error) {
    if (/^E(ACCES|ROFS|PERM|NOSPC)$/.test((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
