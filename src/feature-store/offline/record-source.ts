/** A source of records: the offline store through Athena, or the online store page by page. */
import { existsSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Clients } from '../../config.js';
import { codeOf, CommandError } from '../../errors.js';
import { openPace } from '../../utils/patience/pace.js';
import { placeOfArn } from '../groups/arn.js';
import type { FeatureGroup } from '../groups/describe.js';
import { listIdentifiers } from '../online/list.js';
import { readListing, writeListing } from '../online/listing.js';
import { countOnlineRecords, readOnlineRows, type OnlineReadOptions } from '../online/online-records.js';
import { checkArchived, type ArchivedOptions } from './archived.js';
import { checkOwnCatalog } from './own-catalog.js';
import { removeResult } from './athena-result.js';
import type { AthenaOptions, AthenaQuery } from './athena-run.js';
import { countRecords, queryRecords, readingWords, readRows, type Found } from './offline-store.js';
import { formatEventTime } from '../records/event-time.js';
import { outputPlace, type OutputChoice } from './output-place.js';
import { recordsSql, type RowChoice } from './sql.js';
import type { SourceRow } from '../records/rows.js';

export type SourceStore = 'offline' | 'online';

/** What to read, from which store. */
export interface SourceChoice {
  group: FeatureGroup;
  readFrom: SourceStore;
  /** For an online store, only features and limit apply. */
  choice: RowChoice;
}

export type { Found } from './offline-store.js';

export interface RecordSource {
  /** Counts the records; fails where they cannot be read, or (RefusedError) not completely. */
  find(query?: Pick<AthenaQuery, 'token'>): Promise<Found>;
  /** Resolves once the source is known to be readable; with a token or id, from the result of an earlier query. */
  open(query?: Pick<AthenaQuery, 'token' | 'id' | 'started'> & { listing?: Listing }): Promise<OpenSource>;
  /** The SQL that reads it. */
  sql?: string;
}

/** File for the identifiers of an online source, so that a resumed run has the same order. */
interface Listing {
  path: string;
  /** Reuse the file of an earlier run. */
  continued: boolean;
}

export interface OpenSource {
  /** Whether it holds no row at all, as far as that is known. */
  isEmpty: boolean;
  /** Yields all rows from the start on each call; ends early, without an error, once the signal is aborted. */
  rows(): AsyncIterable<SourceRow[]>;
  remove(): Promise<void>;
}

export interface SourceOptions extends AthenaOptions, OnlineReadOptions, ArchivedOptions {
  /** Name or ARN for calls (an ARN reaches a group of another account); the name by default. */
  nameOrArn?: string;
  /** Advice for a query too large for Athena. */
  whenTooLarge?: string;
  /** Limit on calls per second to the online store. */
  tps?: number;
}

/**
 * What every plan says of a source, and of what was found in it; event times in ISO-8601.
 * @param arn of the group that is named in the plan
 */
export function plannedReading(
  arn: string,
  { readFrom, choice }: Pick<SourceChoice, 'readFrom' | 'choice'>,
  found: Found,
) {
  const { region, account } = placeOfArn(arn);
  const iso = (instant?: bigint) => (instant === undefined ? undefined : formatEventTime(instant, 'String'));
  const { results, rows, deleted, rowsWithoutId, rowsWithoutTime, averageRecordBytes, warnings } = found;
  return {
    ...{ account, region, staleness: readingWords(readFrom).staleness, results },
    ...{ asOf: iso(choice.asOf), since: iso(choice.since), until: iso(choice.until) },
    ...{ rows, deleted, rowsWithoutId, rowsWithoutTime, averageRecordBytes: Math.round(averageRecordBytes), warnings },
  };
}

/** Creates the source; makes no call itself. */
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
      const found = await countRecords(aws, group, { ...query, token });
      return { ...found, results, warnings, toWrite: Math.min(found.toWrite, choice.limit ?? Infinity) };
    },
    async open(started = {}) {
      const result = await queryRecords(aws, group, { ...query, ...started });
      const rows = () => readRows(aws, result, query);
      // A shared result is not ours to remove.
      const remove = () => (choice.shard?.shared ? Promise.resolve() : removeResult(aws, result, options.note));
      try {
        return { isEmpty: !(await readSome(rows())), rows, remove };
      } catch (error) {
        // A caller that knows the execution may return to it.
        if (!started.started) await remove();
        throw error;
      }
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
        isEmpty: isKept && statSync(listing.path).size === 0,
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

/** Where the results will be, and whether they are removed. */
export async function resultsOf(
  aws: Clients,
  group: FeatureGroup,
  { shard, ...options }: Pick<RowChoice, 'shard'> & OutputChoice,
): Promise<string> {
  const { words } = await outputPlace(aws, group, options);
  if (!words.includes('s3://')) return words;
  return `${words}, ${shard?.shared ? 'where the one that all shards read stays' : 'removed afterwards'}`;
}

/** Whether there are rows; throws if they cannot be read: the time to find out is before a target is cleared. */
async function readSome(rows: AsyncIterable<SourceRow[]>): Promise<boolean> {
  for await (const batch of rows) if (batch.length > 0) return true;
  return false;
}

/**
 * False where the folder is not writable: the run works without, but cannot be resumed.
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
    if (/^E(ACCES|ROFS|PERM|NOSPC)$/.test(codeOf(error))) return false;
    throw error;
  }
}
