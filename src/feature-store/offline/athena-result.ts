/**
 * The rows of a finished query: CSV streamed from S3, or GetQueryResults where that is not readable. UNLOAD to Parquet
 * would be a little faster in Athena, but cost us four times the CPU.
 */
import type { Row } from '@aws-sdk/client-athena';
import type { Clients } from '../../config.js';
import { CommandError, isAccessDenied } from '../../errors.js';
import { parseS3 } from '../../s3/address.js';
import { s3Bytes } from '../../s3/ranges.js';
import { parseAthenaCsv, type AthenaRow } from './athena-csv.js';
import { runQuery, type AthenaOptions, type AthenaQuery, type AthenaResult } from './athena-run.js';

interface ResultOptions {
  signal: AbortSignal;
  note: (line: string) => void;
}

/**
 * Runs a query, yields the rows of its result, header first, and removes it. A statement other than SELECT or SHOW has none.
 * @throws as runQuery and readResult do
 */
export async function* queryRows(
  aws: Clients,
  query: AthenaQuery,
  options: AthenaOptions,
): AsyncGenerator<AthenaRow[]> {
  const result = await runQuery(aws, query, options);
  try {
    if (query.sql.startsWith('SELECT')) yield* readResult(aws, result, options);
    else if (query.sql.startsWith('SHOW')) yield* rowsOf(aws, result, options);
  } finally {
    await removeResult(aws, result, options.note);
  }
}

/** The same as one array. */
export async function queryTable(...asked: Parameters<typeof queryRows>): Promise<AthenaRow[]> {
  const table: AthenaRow[] = [];
  for await (const rows of queryRows(...asked)) table.push(...rows);
  return table;
}

/**
 * The rows that a finished statement has written or deleted; 0 where Athena does not say.
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
 */
export async function updateCount(aws: Clients, QueryExecutionId: string): Promise<number> {
  const [athena, { GetQueryResultsCommand }] = await Promise.all([aws.athena(), import('../../sdk/athena.js')]);
  const { UpdateCount = 0 } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }));
  return UpdateCount;
}

/**
 * Yields batches of rows of a SELECT, header first.
 * @throws CommandError where there is not even a header, which no rows have as well; Error where the result is gone or
 * truncated; the SDK's own errors
 */
export async function* readResult(
  aws: Clients,
  result: AthenaResult,
  options: ResultOptions,
): AsyncGenerator<AthenaRow[]> {
  let hasHeader = false;
  for await (const rows of rowsOf(aws, result, options)) {
    if (rows.length === 0) continue;
    hasHeader = true;
    yield rows;
  }
  if (!hasHeader && !options.signal.aborted)
    throw new CommandError(
      `The result of Athena${result.location ? `, ${result.location},` : ''} is empty: run this again.`,
    );
}

/** Where a column of a result is. @throws CommandError where it is missing: its values are not null */
export function columnAt(header: AthenaRow, name: string): number {
  const at = header.indexOf(name);
  if (at === -1) throw new CommandError(`The result of Athena lacks the column ${name}: run this again.`);
  return at;
}

/** As Athena prints what is counted, summed or averaged. */
const NUMBER = /^\d+(\.\d+)?(E-?\d+)?$/;

/**
 * Reads the numbers in a row of a result, by their columns.
 * @throws CommandError where the row, the column or a number in it is missing: that is not zero
 */
export function numbersOf(header: AthenaRow, row: AthenaRow | undefined): (name: string) => number {
  return (name) => {
    const text = row?.[header.indexOf(name)];
    if (!NUMBER.test(text ?? ''))
      throw new CommandError(`The result of Athena lacks the number of ${name}: run this again.`);
    return Number(text);
  };
}

async function* rowsOf(aws: Clients, result: AthenaResult, options: ResultOptions): AsyncGenerator<AthenaRow[]> {
  const isReadable = result.location?.endsWith('.csv') && !result.sealed;
  const bytes = isReadable ? await openObject(aws, result.location!, options) : undefined;
  yield* bytes ? parseAthenaCsv(bytes) : resultPages(aws, result.id, options.signal);
}

/**
 * Removes the result files; a denial is only worth a note.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 */
export async function removeResult(
  aws: Clients,
  { location, manifest }: AthenaResult,
  note: (line: string) => void,
): Promise<void> {
  if (!location) return;
  const [s3, { DeleteObjectsCommand }] = await Promise.all([aws.s3(), import('../../sdk/s3.js')]);
  const { Bucket, Key } = parseS3(location);
  const Objects = [{ Key }, { Key: `${Key}.metadata` }, ...(manifest ? [{ Key: parseS3(manifest).Key }] : [])];
  try {
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    if (Errors.length > 0) note(`Athena's result stays at ${location}: ${Errors[0]?.Code}.`);
  } catch (error) {
    note(`Athena's result stays at ${location}: ${(error as Error).name}.`);
  }
}

/** Opens the object and awaits its first bytes; undefined where S3 denies it. */
async function openObject(
  aws: Clients,
  location: string,
  { signal, note }: ResultOptions,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const bytes = s3Bytes(await aws.s3(), location, { signal, reuse: true });
  try {
    const first = await bytes.next();
    return first.done ? bytes : withFirst(first.value, bytes);
  } catch (error) {
    const { name } = ((error as Error).cause ?? error) as Error;
    if (!isAccessDenied((error as Error).cause ?? error) && !/^NoSuch(Key|Bucket)$/.test(name)) throw error;
    note(`Reading the result through Athena, which is slower: S3 said ${name} to ${location}.`);
    return undefined;
  }
}

async function* withFirst(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** Pages of up to 1,000 rows; only the first page has the header row. */
async function* resultPages(
  aws: Clients,
  QueryExecutionId: string,
  abortSignal: AbortSignal,
): AsyncGenerator<AthenaRow[]> {
  const [athena, { GetQueryResultsCommand }] = await Promise.all([aws.athena(), import('../../sdk/athena.js')]);
  let NextToken: string | undefined;
  do {
    const page = await athena.send(new GetQueryResultsCommand({ QueryExecutionId, NextToken }), { abortSignal });
    yield (page.ResultSet?.Rows ?? []).map(rowOfPage);
    NextToken = page.NextToken;
  } while (NextToken);
}

/** NULL is a datum without a value. */
function rowOfPage({ Data = [] }: Row): AthenaRow {
  return Data.map(({ VarCharValue }) => VarCharValue ?? null);
}
