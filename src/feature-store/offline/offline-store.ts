/** Reads an offline store through Athena: counts the records, and returns the live ones as rows. */
import type { Clients } from '../../config.js';
import { CommandError, UsageError } from '../../errors.js';
import { plainDecimal, type AthenaRow } from './athena-csv.js';
import { columnAt, numbersOf, readResult, removeResult } from './athena-result.js';
import { QueryFailed, runQuery, type AthenaOptions, type AthenaQuery, type AthenaResult } from './athena-run.js';
import { isOfFilter } from './filter.js';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';
import { DELETED_COLUMN, LIVE_COLUMN, recordsSql, SHARD_COLUMN, type RowChoice, type Shard } from './sql.js';
import { countSql, isCountShared } from './count-sql.js';
import { SYSTEM_COLUMNS } from '../records/offline-columns.js';
import type { SourceRow } from '../records/rows.js';
import type { Row } from '../../utils/json.js';

/** Records may take this long to arrive. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html */
export const OFFLINE_LAG_MINUTES = 15;

/** How records are read, and how stale they may be, in words for plans. */
export function readingWords(readFrom: 'online' | 'offline', history = false): { read: string; staleness: string } {
  if (readFrom === 'online') {
    return {
      read: 'every record online, through ListRecords and BatchGetRecord',
      staleness: 'nothing is missing: the online store has no lag',
    };
  }
  return {
    read: `${history ? 'every version of each record' : 'the newest row of each identifier'}, through Athena`,
    staleness: `records of the last ${OFFLINE_LAG_MINUTES} minutes may be missing: they reach the offline store late`,
  };
}

/** What a source contains. */
export interface Found {
  /** Rows of history; unknown for an online store, which has none. */
  rows?: number;
  /** Identifiers whose newest row is a record. */
  live: number;
  /** Identifiers whose newest row is a deletion. */
  deleted?: number;
  /** Rows to transfer: live records that pass the filter, or versions of them. */
  toWrite: number;
  /** Deletions among these. */
  markers?: number;
  /** Rows without an identifier, possible in bring-your-own tables. */
  rowsWithoutId?: number;
  rowsWithoutTime?: number;
  /** From a sample; 0 for an empty table. */
  averageRecordBytes: number;
  averageWriteUnits: number;
  /** Bytes scanned by the count. */
  athenaBytes?: number;
  /** Where the results of Athena go, and whether they are removed. */
  results?: string;
  /** What may be missing. */
  warnings?: string[];
  /** Set where they were requested. */
  arrivals?: ArrivalCounts;
}

interface ArrivalCounts {
  /** Rows since the requested time; all rows if there is none. */
  arrived: number;
  /** `since` for the next run, in Unix seconds. */
  mark: number;
  /** Rows since then. */
  recent: number;
  /** Arrival of the newest row, in Unix seconds. */
  last: number;
}

/**
 * Counts rows and records in one query; with a token, one query for all shards where possible.
 * @throws UsageError for an invalid filter; QueryFailed where the table cannot be read
 */
export async function countRecords(
  aws: Clients,
  group: FeatureGroup,
  { token, ...options }: RowChoice & AthenaOptions & Pick<AthenaQuery, 'token'>,
): Promise<Found & { athenaBytes: number }> {
  const isShared = token !== undefined && isCountShared(options);
  const { shard } = options;
  const own = shard?.shared && !isShared ? { ...options, shard: { ...shard, shared: false } } : options;
  const result = await run(aws, group, { ...own, ...(isShared && { token }), sql: countSql(group, own) });
  try {
    const table: AthenaRow[] = [];
    for await (const batch of readResult(aws, result, options)) table.push(...batch);
    const [header = [], ...rows] = table;
    const shardAt = header.indexOf(SHARD_COLUMN);
    const row = rows.find((each) => shardAt === -1 || each[shardAt] === String(shard?.index));
    // A shard without a row of its own is empty.
    const count = shardAt !== -1 && row === undefined ? () => 0 : numbersOf(header, row);
    // Of no rows there is no average, and no last one.
    const orNone = (name: string) => (row?.[header.indexOf(name)] === null ? 0 : count(name));
    return {
      ...{ rows: count('rows'), live: count('live'), deleted: count('deleted') },
      ...{ toWrite: count('chosen'), markers: count('markers') },
      ...{ rowsWithoutId: count('without_id'), rowsWithoutTime: count('without_time') },
      ...{ averageRecordBytes: orNone('bytes'), averageWriteUnits: orNone('units') },
      athenaBytes: result.scannedBytes,
      ...(options.arrivals && {
        arrivals: { arrived: count('arrived'), mark: orNone('mark'), recent: count('recent'), last: orNone('last') },
      }),
    };
  } finally {
    // A shared result is not ours to remove.
    if (!isShared) await removeResult(aws, result, options.note);
  }
}

/** Runs the query, for `readRows`; the caller removes the result. @throws as countRecords does */
export async function queryRecords(
  aws: Clients,
  group: FeatureGroup,
  options: RowChoice & AthenaOptions & Pick<AthenaQuery, 'token' | 'id' | 'started'>,
): Promise<AthenaResult> {
  return run(aws, group, { ...options, sql: recordsSql(group, options) });
}

async function run(
  aws: Clients,
  group: FeatureGroup,
  options: RowChoice & AthenaOptions & Omit<AthenaQuery, 'group'> & Explained,
): Promise<AthenaResult> {
  return runQuery(aws, { ...options, group, shared: options.shard?.shared }, options).catch(unreadable(group, options));
}

interface Explained extends Pick<RowChoice, 'filter' | 'filterOption'> {
  /** Advice for a query too large for Athena. */
  whenTooLarge?: string;
}

/** Explains a query that failed on the table of a group. */
export const unreadable =
  ({ name }: FeatureGroup, { filter, filterOption = '--filter-query', whenTooLarge }: Explained = {}) =>
  (cause: unknown): never => {
    if (!(cause instanceof QueryFailed)) throw cause;
    if (filter !== undefined && isOfFilter(cause.reason, filter))
      throw new UsageError(`Athena does not accept this ${filterOption} on ${name}: ${cause.reason}`, { cause });
    const hint = whenTooLarge && TOO_LARGE.test(cause.reason) ? `; ${whenTooLarge}` : '';
    const what = hint ? cause.message.replace(/\.$/, '') : cause.message;
    throw new CommandError(`The offline store of ${name} cannot be read. ${what}${hint}`, undefined, { cause });
  };

/** Errors of Athena for a query beyond its memory, or its 30 minutes. */
const TOO_LARGE = /exhausted resources|EXCEEDED_(GLOBAL_|LOCAL_)?MEMORY|EXCEEDED_TIME_LIMIT|time(d)?[ -]?out/i;

interface ReadOptions extends Pick<AthenaOptions, 'signal' | 'note'> {
  features: FeatureDefinition[];
  systemColumns?: boolean;
  /** Skip the rows of other shards, where the result distinguishes them. */
  shard?: Shard;
}

/** The live records of a group, by a query whose result is removed. @throws as countRecords; the signal's reason */
export async function* liveRows(
  aws: Clients,
  group: FeatureGroup,
  options: RowChoice & AthenaOptions,
): AsyncGenerator<SourceRow[]> {
  const query = { ...options, features: group.features };
  const result = await queryRecords(aws, group, query);
  try {
    yield* readRows(aws, result, query);
    options.signal.throwIfAborted();
  } finally {
    await removeResult(aws, result, options.note);
  }
}

/** Yields the rows of a finished query in batches; ends early, without an error, once the signal is aborted. */
export async function* readRows(aws: Clients, result: AthenaResult, options: ReadOptions): AsyncGenerator<SourceRow[]> {
  let read: RowReader | undefined;
  let line = 0;
  try {
    for await (const batch of readResult(aws, result, options)) {
      const values = read ? batch : batch.slice(1);
      read ??= rowReader(batch[0] ?? [], options);
      const rows: SourceRow[] = [];
      for (const each of values) {
        const row = read(each);
        if (row) rows.push({ line: (line += 1), ...row });
      }
      yield rows;
    }
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
}

/** Returns undefined for a row of another shard. */
type RowReader = (values: AthenaRow) => Omit<SourceRow, 'line'> | undefined;

/** `2026-01-31 12:00:00.000`, with or without ` UTC` → ISO-8601. */
const isoTime = (text: string) => `${text.replace(/ UTC$/, '').replace(' ', 'T')}Z`;

/** Maps values to features by column name, which Athena lower-cases. */
function rowReader(header: AthenaRow, { features, systemColumns, shard }: ReadOptions): RowReader {
  const placed = (name: string, read?: (text: string) => string) => ({
    ...{ name, read },
    at: columnAt(header, name.toLowerCase()),
  });
  const columns = [
    ...features.map(({ name, type, collection }) =>
      placed(name, type === 'Fractional' && !collection ? plainDecimal : undefined),
    ),
    ...(systemColumns ? SYSTEM_COLUMNS.map((name) => placed(name, isoTime)) : []),
  ];
  const [deletedAt, liveAt, shardAt] = [DELETED_COLUMN, LIVE_COLUMN, SHARD_COLUMN].map((name) => header.indexOf(name));
  const [own, hasHistory] = [String(shard?.index), liveAt !== -1];
  return (values) => {
    if (shardAt !== -1 && values[shardAt!] !== own) return undefined;
    const row: Row = {};
    for (const { name, at, read } of columns) {
      const value = values[at];
      if (value !== null && value !== undefined) row[name] = read ? read(value) : value;
    }
    if (!hasHistory || values[liveAt!] === 'true') return { row };
    return { row, past: values[deletedAt!] === 'true' ? 'deletion' : 'version' };
  };
}
