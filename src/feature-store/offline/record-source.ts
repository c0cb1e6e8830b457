/** The records of a group, to be carried elsewhere: from the offline store by way of Athena, or from the online store page by page. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Clients } from '../../config.js';
import { CommandError } from '../../errors.js';
import { openPace } from '../../utils/patience/pace.js';
import type { FeatureGroup } from '../groups/describe.js';
import { listIdentifiers } from '../online/list.js';
import { readListing, writeListing } from '../online/listing.js';
import { countOnlineRecords, readOnlineRows, type OnlineReadOptions } from '../online/online-records.js';
import { checkArchived, type ArchivedOptions } from './archived.js';
import { checkOwnCatalog } from './own-catalog.js';
import { removeResult } from './athena-result.js';
import type { AthenaOptions, AthenaQuery } from './athena-run.js';
import { countRecords, queryRecords, readRows, type ArrivalCounts } from './offline-store.js';
import { outputPlace, type OutputChoice } from './output-place.js';
import { recordsSql, type RowChoice } from './sql.js';
import type { SourceRow } from '../records/rows.js';

export type SourceStore = 'offline' | 'online';

/** What is read, and where. */
export interface SourceChoice {
  group: FeatureGroup;
  readFrom: SourceStore;
  /** Of an online store only the features and the limit can be chosen. */
  choice: RowChoice;
}

/** What was found in the source. */
export interface Found {
  /** Rows of history; unknown for an online store, which keeps none. */
  rows?: number;
  live: number;
  deleted?: number;
  /** Rows to carry. */
  toWrite: number;
  /** Deletions among what is to be written. */
  markers?: number;
  rowsWithoutId?: number;
  rowsWithoutTime?: number;
  averageRecordBytes: number;
  averageWriteUnits: number;
  /** Scanned by the counting query. */
  athenaBytes?: number;
  /** Where Athena's results go, and what becomes of them, in words. */
  results?: string;
  /** What may be missing from it. */
  warnings?: string[];
  /** Where the choice is of what has arrived. */
  arrivals?: ArrivalCounts;
}

export interface RecordSource {
  /** Counts what is there; fails where it cannot be read, or (RefusedError) not as a whole. */
  find(query?: Pick<AthenaQuery, 'token'>): Promise<Found>;
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
  /** All rows from the first on, each time it is called; they end early, without an error, once the signal is aborted. */
  rows(): AsyncIterable<SourceRow[]>;
  /** Removes what reading has left behind. */
  remove(): Promise<void>;
}

export interface SourceOptions extends AthenaOptions, OnlineReadOptions, ArchivedOptions {
  /** How the group is named in calls: an ARN reaches a group of another account. Its name when undefined. */
  nameOrArn?: string;
  /** What to say where Athena finds a query too large. */
  whenTooLarge?: string;
  /** Ceiling on calls a second to the online store. */
  tps?: number;
}

/** The source of these records. Nothing is asked before one of its functions is called. */
export function recordSource(aws: Clients, from: SourceChoice, options: SourceOptions): RecordSource {
  return from.readFrom === 'offline' ? offlineSource(aws, from, options) : onlineSource(aws, from, options);
}

function offlineSource(aws: Clients, { group, choice }: SourceChoice, options: SourceOptions): RecordSource {
  const query = { ...options, ...choice, features: choice.features ?? group.features };
  return {
    sql: recordsSql(group, choice),
    async find({ token } = {}) {
      const unseen = await checkOwnCatalog(aws, group, options);
      const warnings = [...unseen, ...(await checkArchived(aws, group, options))];
      const results = await resultsOf(aws, group, query);
      const { chosen, bytes, writeUnits, scannedBytes, ...counts } = await countRecords(aws, group, {
        ...query,
        token,
      });
      const measured = { averageRecordBytes: bytes, averageWriteUnits: writeUnits, athenaBytes: scannedBytes };
      return { ...counts, ...measured, results, warnings, toWrite: Math.min(chosen, choice.limit ?? chosen) };
    },
    async open(started = {}) {
      const result = await queryRecords(aws, group, { ...query, ...started });
      const rows = () => readRows(aws, result, query);
      // What the other shards read from, too, is not this one's to remove.
      const remove = () => (choice.shard?.shared ? Promise.resolve() : removeResult(aws, result, options.note));
      try {
        await readSome(rows());
      } catch (error) {
        // Whoever was told of the execution may come back to it.
        if (!started.started) await remove();
        throw error;
      }
      return { rows, remove };
    },
  };
}

function onlineSource(aws: Clients, { group, choice }: SourceChoice, options: SourceOptions): RecordSource {
  const { limit = Infinity } = choice;
  const online = async () => ({ runtime: await aws.bulkRuntime(), group, nameOrArn: options.nameOrArn });
  const reading = {
    ...options,
    pace: options.pace ?? (options.tps === undefined ? undefined : openPace(options.tps)),
    featureNames: choice.features?.map(({ name }) => name),
  };
  return {
    async find() {
      const counts = await countOnlineRecords(await online(), { ...reading, limit });
      return { ...counts, toWrite: Math.min(counts.live, limit) };
    },
    async open({ listing } = {}) {
      const target = await online();
      const pages = () => listIdentifiers(target, reading);
      const isKept = listing !== undefined && (await keepListing(listing, pages()));
      return {
        rows: () => atMost(readOnlineRows(target, isKept ? readListing(listing.path) : pages(), reading), limit),
        remove: () => (isKept ? rm(listing.path, { force: true }) : Promise.resolve()),
      };
    },
  };
}

async function* atMost(batches: AsyncIterable<SourceRow[]>, limit: number): AsyncGenerator<SourceRow[]> {
  let left = limit;
  for await (const rows of batches) {
    yield rows.slice(0, left);
    left -= rows.length;
    if (left <= 0) return;
  }
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
    const cause = Object.assign(new Error(`There is no ${path}`), { code: 'ENOENT' });
    throw new CommandError(`${path}, its list of identifiers, is gone.`, undefined, { cause });
  }
  try {
    await writeListing(path, pages);
    return true;
  } catch (error) {
    if (/^E(ACCES|ROFS|PERM|NOSPC)$/.test((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
