/** One Athena query: start, wait, stop. */
import type { QueryExecution } from '@aws-sdk/client-athena';
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clients } from '../../config.js';
import { CommandError, UsageError } from '../../errors.js';
import type { FeatureGroup } from '../groups/describe.js';
import { isUnknownWorkgroup, noWorkgroup, outputPlace, type OutputChoice, type OutputPlace } from './output-place.js';

/** https://docs.aws.amazon.com/athena/latest/ug/service-limits.html: UTF-8 bytes of a query. */
const MAX_QUERY_BYTES = 262_144;
/** An embedded store answers soon. */
const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 2000;
/** Attempts of one query, including those of earlier runs. */
const MAX_ATTEMPTS = 10;
/** Attempts that fail while this run waits for them. */
const MAX_OWN_ATTEMPTS = 3;

export interface AthenaOptions extends OutputChoice {
  signal: AbortSignal;
}

export interface AthenaQuery {
  sql: string;
  /** The group whose table is queried, and whose bucket may hold the result. */
  group: FeatureGroup;
  /**
   * 32 to 128 characters. The same query with the same token is the same execution. Since that also holds for a failed
   * one, each attempt has a token of its own, derived from this one.
   */
  token?: string;
  /** Other runs share the execution: it is never stopped, and if it fails, all go on to the next attempt. */
  shared?: boolean;
  /** Waits for this execution instead of starting one. */
  id?: string;
  started?: (id: string) => void;
}

export interface AthenaResult {
  id: string;
  /** Address of the result; undefined where Athena manages the results of the workgroup. */
  location?: string;
  /** Of an INSERT: the list of what it has written. */
  manifest?: string;
  /** Client-side encrypted (CSE_KMS): only Athena can read it. */
  sealed?: boolean;
  scannedBytes: number;
}

/** A query that Athena rejected, or that failed; `reason` is its message, such as `COLUMN_NOT_FOUND: line 1:8: …`. */
export class QueryFailed extends CommandError {
  readonly reason: string;
  /** Set where there was an execution: whether it had failed before this run first looked. */
  readonly execution?: { failedBefore: boolean };

  constructor(reason: string, { execution, ...options }: ErrorOptions & Pick<QueryFailed, 'execution'> = {}) {
    super(`Athena could not run the query: ${reason}`, undefined, options);
    this.name = 'QueryFailed';
    this.reason = reason;
    this.execution = execution;
  }
}

/**
 * Runs a query to its end. On abort it is also stopped in Athena, unless it is shared.
 * @throws QueryFailed; UsageError (no workgroup, no result location); the reason of the signal; errors of the SDK
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
 */
export async function runQuery(aws: Clients, query: AthenaQuery, options: AthenaOptions): Promise<AthenaResult> {
  for (let attempt = 0, own = 0; ; attempt += 1) {
    try {
      return await runOnce(aws, { ...query, token: tokenOf(query, attempt) }, options);
    } catch (error) {
      if (!(error instanceof QueryFailed) || !error.execution) throw error;
      const { failedBefore } = error.execution;
      if (!failedBefore) own += 1;
      const goesOn = query.token !== undefined && query.id === undefined && (failedBefore || query.shared === true);
      if (!goesOn || own === MAX_OWN_ATTEMPTS || attempt === MAX_ATTEMPTS - 1) throw error;
    }
  }
}

function tokenOf({ token }: AthenaQuery, attempt: number): string {
  if (token === undefined) return randomUUID();
  return attempt === 0 ? token : createHash('sha256').update(`${token}\0attempt ${attempt}`).digest('hex');
}

async function runOnce(aws: Clients, query: AthenaQuery, options: AthenaOptions): Promise<AthenaResult> {
  const id = query.id ?? (await startQuery(aws, query, options));
  query.started?.(id);
  try {
    return await finished(aws, id, options.signal);
  } catch (error) {
    if (!options.signal.aborted) throw error;
    if (!query.shared) await stopQuery(aws, id, options.note);
    throw options.signal.reason;
  }
}

async function startQuery(aws: Clients, { sql, group, token }: AthenaQuery, options: AthenaOptions): Promise<string> {
  const place = await outputPlace(aws, group, options);
  options.signal.throwIfAborted();
  const bytes = Buffer.byteLength(sql);
  if (bytes > MAX_QUERY_BYTES) {
    throw new UsageError(
      `The query has ${bytes} bytes; Athena takes ${MAX_QUERY_BYTES}. Shorten the condition, or leave some features out.`,
    );
  }
  const { catalog, database } = group.offline!.table!;
  const [athena, { StartQueryExecutionCommand }] = await Promise.all([aws.athena(), import('../../sdk/athena.js')]);
  const start = async (location: string | undefined): Promise<string> => {
    const command = new StartQueryExecutionCommand({
      QueryString: sql,
      QueryExecutionContext: { Catalog: catalog, Database: database },
      WorkGroup: options.workgroup,
      ResultConfiguration: location ? { OutputLocation: location } : undefined,
      ClientRequestToken: token,
    });
    return (await athena.send(command)).QueryExecutionId!;
  };
  try {
    return await start(place.location);
  } catch (error) {
    if (!place.otherwise || !isWithoutPlace(error)) throw refusal(error, place);
    return start(place.otherwise).catch((second: unknown) => {
      throw refusal(second, { ...place, location: place.otherwise });
    });
  }
}

const isWithoutPlace = (error: unknown): boolean => /No output location/i.test((error as Error).message);

/** Athena reports a bad result location, workgroup or syntax on start, all as InvalidRequestException. */
function refusal(error: unknown, { workgroup, location }: OutputPlace): unknown {
  const { name, message, AthenaErrorCode } = error as Error & { AthenaErrorCode?: string };
  if (name !== 'InvalidRequestException') return error;
  if (isUnknownWorkgroup(error)) return noWorkgroup(workgroup);
  if (/outputLocation is not a valid S3 path/i.test(message))
    return new UsageError('--athena-output is not an S3 address such as s3://bucket/prefix/.');
  if (isWithoutPlace(error) || /verify\/create output bucket/i.test(message)) {
    const where = location ? `cannot write to ${location}` : 'has no place for results that it can write to';
    return new UsageError(
      `Athena ${where}: the bucket must exist, in the query's region, and you need s3:GetBucketLocation and s3:PutObject on it; --athena-output s3://BUCKET/PREFIX/ names another. Athena says: ${message}`,
      { cause: error },
    );
  }
  const reason = /^[A-Z_]+:/.test(message) || !AthenaErrorCode ? message : `${AthenaErrorCode}: ${message}`;
  return new QueryFailed(reason, { cause: error });
}

async function finished(aws: Clients, id: string, signal: AbortSignal): Promise<AthenaResult> {
  const [athena, { GetQueryExecutionCommand }] = await Promise.all([aws.athena(), import('../../sdk/athena.js')]);
  const command = new GetQueryExecutionCommand({ QueryExecutionId: id });
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    const { QueryExecution: execution } = await athena.send(command, { abortSignal: signal });
    const state = execution?.Status?.State;
    if (state === 'SUCCEEDED') return resultOf(id, execution!);
    if (state === 'FAILED' || state === 'CANCELLED') {
      throw new QueryFailed(reasonOf(execution!), { execution: { failedBefore: wait === FIRST_WAIT_MS } });
    }
    await sleep(wait, undefined, { signal });
  }
}

function resultOf(id: string, { ResultConfiguration, Statistics }: QueryExecution): AthenaResult {
  const { OutputLocation: location, EncryptionConfiguration } = ResultConfiguration ?? {};
  const isSealed = EncryptionConfiguration?.EncryptionOption === 'CSE_KMS';
  const { DataManifestLocation: manifest, DataScannedInBytes: scannedBytes = 0 } = Statistics ?? {};
  return { id, location, ...(manifest && { manifest }), ...(isSealed && { sealed: true }), scannedBytes };
}

function reasonOf({ Status }: QueryExecution): string {
  const reason = Status?.StateChangeReason ?? Status?.AthenaError?.ErrorMessage;
  if (Status?.State === 'CANCELLED') return `it was cancelled (${reason ?? 'no reason given'}).`;
  return reason ?? 'no reason given.';
}

async function stopQuery(aws: Clients, id: string, note: (line: string) => void): Promise<void> {
  try {
    const [athena, { StopQueryExecutionCommand }] = await Promise.all([aws.athena(), import('../../sdk/athena.js')]);
    await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
  } catch (error) {
    note(`Athena query ${id} may still be running: it could not be stopped (${(error as Error).name}).`);
  }
}
