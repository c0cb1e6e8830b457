/** A group's offline store, read through Athena: how many records there are, and the live ones as rows. */
import type { Clients } from '../config.js';
import { CommandError, UsageError } from '../errors.js';
import type { AthenaRow } from './athena-csv.js';
import { readResult, removeResult } from './athena-result.js';
import { QueryFailed, runQuery, type AthenaOptions, type AthenaResult } from './athena-run.js';
import type { FeatureDefinition, FeatureGroup } from './feature-group.js';
import { countRecordsSql, liveRecordsSql, type LiveRecords } from './offline-sql.js';
import { plainDecimal } from './plain-decimal.js';
import type { Row } from './records.js';

/** Records can take this long to arrive. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html */
export const OFFLINE_LAG_MINUTES = 15;

export interface RecordCounts {
  rows: number;
  /** Identifiers whose newest row is a record. */
  live: number;
  /** Identifiers whose newest row is a deletion. */
  deleted: number;
  /** Live records that the filter lets through; all of them without a filter. */
  chosen: number;
  /** Rows that name no record, which bring-your-own tables can hold. */
  rowsWithoutId: number;
  rowsWithoutTime: number;
  /** Of an average record, from a sample; 0 for an empty table. */
  bytes: number;
  writeUnits: number;
  /** What counting them cost. */
  scannedBytes: number;
}

export interface SourceRow {
  /** Place in the query's result, from 1. */
  line: number;
  /** Keyed by the group's own feature names; null values are left out. */
  row: Row;
}

/** Words with which Athena says that the person's condition, not our statement, is wrong. */
const FILTER_ERRORS =
  /MALFORMED_QUERY|SYNTAX_ERROR|mismatched input|COLUMN_NOT_FOUND|TYPE_MISMATCH|FUNCTION_NOT_FOUND|INVALID_/;

/**
 * Counts rows and records in one query.
 * @throws UsageError for a filter that is no SQL or names what is not there; QueryFailed where the table cannot be read.
 */
export async function countRecords(
  aws: Clients,
  group: FeatureGroup,
  options: LiveRecords & AthenaOptions,
): Promise<RecordCounts> {
  const result = await run(aws, group, { ...options, sql: countRecordsSql(group, options) });
  try {
    const table: AthenaRow[] = [];
    for await (const batch of readResult(aws, result, options)) table.push(...batch);
    const [header = [], row = []] = table;
    const count = (name: string) => Number(row[header.indexOf(name)] ?? 0);
    return {
      rows: count('rows'),
      live: count('live'),
      deleted: count('deleted'),
      chosen: count('chosen'),
      rowsWithoutId: count('without_id'),
      rowsWithoutTime: count('without_time'),
      bytes: count('bytes'),
      writeUnits: count('units'),
      scannedBytes: result.scannedBytes,
    };
  } finally {
    await removeResult(aws, result, options.note);
  }
}

/**
 * Asks Athena for the live records; their rows are read with `readRows`, and the result is removed by the caller.
 * @throws as countRecords does.
 */
export async function queryLiveRecords(
  aws: Clients,
  group: FeatureGroup,
  options: LiveRecords & AthenaOptions,
): Promise<AthenaResult> {
  return run(aws, group, { ...options, sql: liveRecordsSql(group, options) });
}

async function run(aws: Clients, group: FeatureGroup, options: LiveRecords & AthenaOptions & { sql: string }) {
  try {
    return await runQuery(aws, { sql: options.sql, table: group.offline!.table! }, options);
  } catch (error) {
    if (!(error instanceof QueryFailed)) throw error;
    if (options.filter !== undefined && FILTER_ERRORS.test(error.reason)) {
      throw new UsageError(`Athena does not take this --filter-query on ${group.name}: ${error.reason}`, {
        cause: error,
      });
    }
    throw new CommandError(`The offline store of ${group.name} cannot be read. ${error.message}`, undefined, {
      cause: error,
    });
  }
}

/** Yields the rows of a finished query in batches; ends early, without an error, once the signal is aborted. */
export async function* readRows(
  aws: Clients,
  result: AthenaResult,
  { features, signal, note }: { features: FeatureDefinition[] } & Pick<AthenaOptions, 'signal' | 'note'>,
): AsyncGenerator<SourceRow[]> {
  let toRow: ((values: AthenaRow) => Row) | undefined;
  let line = 0;
  try {
    for await (const batch of readResult(aws, result, { signal, note })) {
      const rows = toRow ? batch : batch.slice(1);
      toRow ??= rowReader(batch[0] ?? [], features);
      const read = toRow;
      yield rows.map((values) => ({ line: (line += 1), row: read(values) }));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Values find their features by the name of their column, which Athena has lower-cased. */
function rowReader(header: AthenaRow, features: FeatureDefinition[]): (values: AthenaRow) => Row {
  const columns = features.map(({ name, type, collection }) => {
    const at = header.indexOf(name.toLowerCase());
    if (at === -1) throw new CommandError(`The result of Athena lacks the column of feature ${name}.`);
    return { name, at, decimal: type === 'Fractional' && !collection };
  });
  return (values) => {
    const row: Row = {};
    for (const { name, at, decimal } of columns) {
      const value = values[at];
      if (value !== null && value !== undefined) row[name] = decimal ? plainDecimal(value) : value;
    }
    return row;
  };
}
