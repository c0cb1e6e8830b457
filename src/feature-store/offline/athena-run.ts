/** One Athena query: where its result goes, start, wait, stop. */
import type { QueryExecution } from '@aws-sdk/client-athena';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clients } from '../../config.js';
import { CommandError, UsageError, isAccessDenied, isTransient } from '../../errors.js';

/** https://docs.aws.amazon.com/athena/latest/ug/service-limits.html: UTF-8 bytes of a query. */
const MAX_QUERY_BYTES = 262_144;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;
/** Looks at a query's state that may fail, each after the SDK's own three attempts. */
const MAX_FAILED_LOOKS = 20;
const DEFAULT_WORKGROUP = 'primary';
/** The embedded store's own place for results when nobody names one. */
const LOCAL_OUTPUT = 's3://sagemaker-fs-athena/';

export interface AthenaOptions {
  /** `--workgroup`; Athena's `primary` by default. */
  workgroup?: string;
  /** `--athena-output`: s3:// address for the result files. */
  output?: string;
  signal: AbortSignal;
  note: (line: string) => void;
}

export interface AthenaQuery {
  sql: string;
  table: { catalog: string; database: string };
  /** 32 to 128 characters: whoever asks the same under the same token gets the same execution, whatever became of it. */
  token?: string;
  /** An execution that was started before: it is waited for, and none is started. */
  id?: string;
  /** Told as soon as there is an execution. */
  started?: (id: string) => void;
}

export interface AthenaResult {
  id: string;
  /** The whole address of the CSV; undefined where the workgroup keeps its results itself. */
  location?: string;
  scannedBytes: number;
}

/** A query that Athena refused or failed; `reason` is Athena's own, such as `COLUMN_NOT_FOUND: line 1:8: …`. */
export class QueryFailed extends CommandError {
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(`Athena could not run the query: ${reason}`, undefined, options);
    this.name = 'QueryFailed';
    this.reason = reason;
  }
}

/**
 * Runs a query to its end; an aborted signal stops it at Athena as well.
 * @throws QueryFailed, UsageError (no place for the result), the signal's reason, or the SDK's own errors.
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
 */
export async function runQuery(aws: Clients, query: AthenaQuery, options: AthenaOptions): Promise<AthenaResult> {
  const id = query.id ?? (await startQuery(aws, query, options));
  query.started?.(id);
  try {
    return await finished(aws, id, options.signal);
  } catch (error) {
    if (!(error instanceof QueryFailed)) await stopQuery(aws, id, options.note);
    throw options.signal.aborted ? options.signal.reason : error;
  }
}

/**
 * Makes sure that a query would have a place for its result, with nothing but reads: for those who must not find out
 * half way.
 * @throws UsageError where it has none, or there is no such workgroup
 */
export async function checkOutput(aws: Clients, options: AthenaOptions): Promise<void> {
  await chooseOutput(aws, { ...options, note: () => {} });
}

async function startQuery(
  aws: Clients,
  { sql, table, token = randomUUID() }: AthenaQuery,
  options: AthenaOptions,
): Promise<string> {
  const output = await chooseOutput(aws, options);
  options.signal.throwIfAborted();
  const { workgroup } = options;
  const bytes = Buffer.byteLength(sql);
  if (bytes > MAX_QUERY_BYTES) {
    throw new UsageError(
      `The query has ${bytes} bytes; Athena takes ${MAX_QUERY_BYTES}. Shorten --filter-query or --drop some features.`,
    );
  }
  const [athena, { StartQueryExecutionCommand }] = await Promise.all([aws.athena(), import('../../sdk/athena.js')]);
  try {
    const started = await athena.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        QueryExecutionContext: { Catalog: table.catalog, Database: table.database },
        WorkGroup: workgroup,
        ResultConfiguration: output ? { OutputLocation: output } : undefined,
        ClientRequestToken: token,
      }),
    );
    return started.QueryExecutionId!;
  } catch (error) {
    throw refusal(error, workgroup ?? DEFAULT_WORKGROUP);
  }
}

/** Athena says at the start what is wrong with the place for results, the workgroup or the syntax; all of it InvalidRequestException. */
function refusal(error: unknown, workgroup: string): unknown {
  const { name, message, AthenaErrorCode } = error as Error & { AthenaErrorCode?: string };
  if (name !== 'InvalidRequestException') return error;
  if (/No output location/i.test(message)) return noOutput(workgroup);
  if (/WorkGroup .*not found/i.test(message))
    return new UsageError(`There is no Athena workgroup ${workgroup}: check --workgroup.`);
  if (/outputLocation is not a valid S3 path/i.test(message))
    return new UsageError('--athena-output is not an S3 address such as s3://bucket/prefix/.');
  const reason = /^[A-Z_]+:/.test(message) || !AthenaErrorCode ? message : `${AthenaErrorCode}: ${message}`;
  return new QueryFailed(reason, { cause: error });
}

function noOutput(workgroup: string): UsageError {
  return new UsageError(
    `Athena's workgroup ${workgroup} names no place for results: pass --athena-output s3://BUCKET/PREFIX/, or a --workgroup that has one.`,
  );
}

/**
 * Where to ask Athena to put the result; undefined leaves it to the workgroup, which may enforce its own place or keep
 * results itself. Not being allowed to look at the workgroup is no obstacle: Athena says at the start what is missing.
 */
async function chooseOutput(aws: Clients, { workgroup, output, note }: AthenaOptions): Promise<string | undefined> {
  const name = workgroup ?? DEFAULT_WORKGROUP;
  const configuration = await workgroupConfiguration(aws, name);
  const own = configuration?.ResultConfiguration?.OutputLocation;
  const keeps = configuration?.ManagedQueryResultsConfiguration?.Enabled === true;
  const enforced = configuration?.EnforceWorkGroupConfiguration === true && own !== undefined;
  if (output !== undefined && (keeps || enforced)) {
    note(
      `Workgroup ${name} ${keeps ? 'keeps its results itself' : `puts every result under ${own}`}: --athena-output is not used.`,
    );
  }
  if (keeps || enforced) return undefined;
  if (output !== undefined || own !== undefined) return output;
  if (aws.local) return LOCAL_OUTPUT;
  if (configuration) throw noOutput(name);
  return undefined;
}

async function workgroupConfiguration(aws: Clients, workgroup: string) {
  const [athena, { GetWorkGroupCommand }] = await Promise.all([aws.athena(), import('../../sdk/athena.js')]);
  try {
    const { WorkGroup } = await athena.send(new GetWorkGroupCommand({ WorkGroup: workgroup }));
    return WorkGroup?.Configuration ?? {};
  } catch (error) {
    if (isAccessDenied(error)) return undefined;
    throw refusal(error, workgroup);
  }
}

/** Asks until the query has ended; the service being throttled or unavailable for a while is no reason to give a query up. */
async function finished(aws: Clients, id: string, signal: AbortSignal): Promise<AthenaResult> {
  const [athena, { GetQueryExecutionCommand }] = await Promise.all([aws.athena(), import('../../sdk/athena.js')]);
  const command = new GetQueryExecutionCommand({ QueryExecutionId: id });
  let failures = 0;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    const execution = await athena.send(command, { abortSignal: signal }).then(
      ({ QueryExecution }) => QueryExecution,
      (error: unknown) => {
        failures += 1;
        if (!isTransient(error) || failures > MAX_FAILED_LOOKS) throw error;
        return undefined;
      },
    );
    const state = execution?.Status?.State;
    if (state === 'SUCCEEDED') return resultOf(id, execution!);
    if (state === 'FAILED' || state === 'CANCELLED') throw new QueryFailed(reasonOf(execution!));
    await sleep(wait, undefined, { signal });
  }
}

function resultOf(id: string, { ResultConfiguration, Statistics }: QueryExecution): AthenaResult {
  return { id, location: ResultConfiguration?.OutputLocation, scannedBytes: Statistics?.DataScannedInBytes ?? 0 };
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
