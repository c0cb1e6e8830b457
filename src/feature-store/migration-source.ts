/** Where the rows of a migration come from: the offline store by way of Athena, or the online store page by page. */
import type { Clients } from '../config.js';
import { removeResult } from './athena-result.js';
import type { AthenaOptions } from './athena-run.js';
import type { Migration } from './migration.js';
import type { Found } from './migration-plan.js';
import { liveRecordsSql } from './offline-sql.js';
import { countRecords, queryLiveRecords, readRows, type SourceRow } from './offline-store.js';
import { countOnlineRecords, readOnlineRows, type OnlineReadOptions } from './online-records.js';

export interface MigrationSource {
  /** Counts what is there; fails where it cannot be read. */
  find(): Promise<Found>;
  /** Resolves once the source has been read or is sure to be readable. */
  open(): Promise<OpenSource>;
  /** The statement that reads it. */
  sql?: string;
}

export interface OpenSource {
  rows: AsyncIterable<SourceRow[]>;
  /** Removes what reading has left behind. */
  close(): Promise<void>;
}

export type SourceOptions = AthenaOptions & OnlineReadOptions & { filterQuery?: string };

/** The source that the migration is to read. Nothing is asked before one of its functions is called. */
export function migrationSource(aws: Clients, migration: Migration, options: SourceOptions): MigrationSource {
  return migration.readFrom === 'offline'
    ? offlineSource(aws, migration, options)
    : onlineSource(aws, migration, options);
}

function offlineSource(aws: Clients, { source: group, match }: Migration, options: SourceOptions): MigrationSource {
  const features = match.pairs.map((pair) => pair.source);
  const query = { ...options, features, filter: options.filterQuery };
  return {
    sql: liveRecordsSql(group, query),
    async find() {
      const { chosen, bytes, writeUnits, scannedBytes, ...counts } = await countRecords(aws, group, query);
      const measured = { averageRecordBytes: bytes, averageWriteUnits: writeUnits, athenaBytes: scannedBytes };
      return { ...counts, ...measured, toWrite: chosen };
    },
    async open() {
      const result = await queryLiveRecords(aws, group, query);
      return {
        rows: readRows(aws, result, query),
        close: () => removeResult(aws, result, options.note),
      };
    },
  };
}

function onlineSource(aws: Clients, { source: group }: Migration, options: SourceOptions): MigrationSource {
  const online = async () => ({ runtime: await aws.bulkRuntime(), group });
  return {
    async find() {
      const counts = await countOnlineRecords(await online(), options);
      return { ...counts, toWrite: counts.live };
    },
    async open() {
      return { rows: readOnlineRows(await online(), options), close: async () => {} };
    },
  };
}
