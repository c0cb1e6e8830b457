/**
 * The rows of a finished Athena query: its CSV streamed from S3, or GetQueryResults where there is none to read. UNLOAD to
 * Parquet would spare Athena some time, and cost us four times the CPU of reading the CSV.
 */
import type { Row } from '@aws-sdk/client-athena';
import type { Clients } from '../../config.js';
import { isAccessDenied } from '../../errors.js';
import { parseAthenaCsv, type AthenaRow } from './athena-csv.js';
import type { AthenaResult } from './athena-run.js';

/**
 * Bytes asked for at a time. Separate requests outlast a slow reader, whose one long download S3 would cut off after
 * minutes of silence.
 */
const RANGE_BYTES = 2 * 1024 * 1024;
/** Bytes parsed at a time: what is parsed and not yet used is held in memory. */
const PIECE_BYTES = 16 * 1024;

export interface ResultOptions {
  signal: AbortSignal;
  note: (line: string) => void;
}

/**
 * Yields batches of rows, the header first.
 * @throws Error when the result is gone or was cut short; the SDK's own errors.
 */
export async function* readResult(
  aws: Clients,
  result: AthenaResult,
  options: ResultOptions,
): AsyncGenerator<AthenaRow[]> {
  const ranges = result.location?.endsWith('.csv') ? await openRanges(aws, result.location, options) : undefined;
  yield* ranges ? parseAthenaCsv(inPieces(ranges)) : resultPages(aws, result.id, options.signal);
}

/**
 * Removes the result files; being denied that is worth a note, no more.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 */
export async function removeResult(
  aws: Clients,
  { location }: AthenaResult,
  note: (line: string) => void,
): Promise<void> {
  if (!location) return;
  const [s3, { DeleteObjectsCommand }] = await Promise.all([aws.s3(), import('../../sdk/s3.js')]);
  const { Bucket, Key } = parseLocation(location);
  const Objects = [{ Key }, { Key: `${Key}.metadata` }];
  try {
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    if (Errors.length > 0) note(`Athena's result stays at ${location}: ${Errors[0]?.Code}.`);
  } catch (error) {
    note(`Athena's result stays at ${location}: ${(error as Error).name}.`);
  }
}

/** `s3://bucket/a/b.csv` → its bucket and key. */
function parseLocation(location: string): { Bucket: string; Key: string } {
  const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(location) ?? [];
  return { Bucket, Key };
}

/** The object's ranges, each fetched while the one before is used; undefined where S3 does not let us read it. */
async function openRanges(
  aws: Clients,
  location: string,
  options: ResultOptions,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const [s3, { GetObjectCommand }] = await Promise.all([aws.s3(), import('../../sdk/s3.js')]);
  const fetchRange = async (start: number, IfMatch?: string) => {
    const Range = `bytes=${start}-${start + RANGE_BYTES - 1}`;
    const object = await s3.send(new GetObjectCommand({ ...parseLocation(location), Range, IfMatch }), {
      abortSignal: options.signal,
    });
    const bytes = await object.Body!.transformToByteArray();
    const total = Number(object.ContentRange?.split('/')[1] ?? bytes.length);
    return { bytes, total, etag: object.ETag };
  };
  try {
    const first = await fetchRange(0);
    return ranges(first, (start) => fetchRange(start, first.etag));
  } catch (error) {
    if (!isAccessDenied(error) && !/^NoSuch(Key|Bucket)$/.test((error as Error).name)) throw error;
    options.note(
      `Reading the result through Athena, which is slower: S3 said ${(error as Error).name} to ${location}.`,
    );
    return undefined;
  }
}

interface Range {
  bytes: Uint8Array;
  total: number;
}

async function* ranges(first: Range, fetchRange: (start: number) => Promise<Range>): AsyncGenerator<Uint8Array> {
  let start = first.bytes.length;
  let next: Promise<Range> | undefined = Promise.resolve(first);
  while (next) {
    const { bytes, total }: Range = await next;
    next = start < total ? fetchRange(start) : undefined;
    // Awaited later: until then a failure must not count as unhandled.
    next?.catch(() => {});
    start += RANGE_BYTES;
    yield bytes;
  }
}

async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
  }
}

/** Pages of at most 1,000 rows; the header is the first row of the first page alone. */
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

/** Null is a datum without a value. */
function rowOfPage({ Data = [] }: Row): AthenaRow {
  return Data.map(({ VarCharValue }) => VarCharValue ?? null);
}
