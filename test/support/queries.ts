/** Queries for the tests of the embedded store: start, wait, read, in one call. */
import {
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  type AthenaClient,
  type QueryExecution,
  type StartQueryExecutionCommandInput,
} from '@aws-sdk/client-athena';
import { setTimeout } from 'node:timers/promises';

/** Where the tests' results go. */
export const RESULTS = 's3://athena-results/tests/';

const POLL_MS = 5;

export type Start = Omit<Partial<StartQueryExecutionCommandInput>, 'QueryString'>;

export async function start(athena: AthenaClient, sql: string, options: Start = {}): Promise<string> {
  const started = await athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      QueryExecutionContext: { Database: 'sagemaker_featurestore' },
      ResultConfiguration: { OutputLocation: RESULTS },
      ...options,
    }),
  );
  return started.QueryExecutionId!;
}

/** Polls until the query has ended, however it ended. */
export async function ended(athena: AthenaClient, id: string): Promise<QueryExecution> {
  for (;;) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
    if (!['QUEUED', 'RUNNING'].includes(QueryExecution!.Status!.State!)) return QueryExecution!;
    await setTimeout(POLL_MS);
  }
}

/** The rows, header first; null where the value is null. Throws the query's reason when it fails. */
export async function ask(athena: AthenaClient, sql: string, options: Start = {}): Promise<(string | null)[][]> {
  const id = await start(athena, sql, options);
  const { Status } = await ended(athena, id);
  if (Status?.State !== 'SUCCEEDED') throw new Error(Status?.StateChangeReason);
  const rows: (string | null)[][] = [];
  let NextToken: string | undefined;
  do {
    const page = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id, NextToken }));
    rows.push(...page.ResultSet!.Rows!.map((row) => row.Data!.map((datum) => datum.VarCharValue ?? null)));
    NextToken = page.NextToken;
  } while (NextToken);
  return rows;
}

/** The reason that a query fails for, at the start or later. */
export async function reasonOf(athena: AthenaClient, sql: string, options: Start = {}): Promise<string> {
  try {
    const id = await start(athena, sql, options);
    return (await ended(athena, id)).Status?.StateChangeReason ?? 'it succeeded';
  } catch (error) {
    return `${(error as { AthenaErrorCode?: string }).AthenaErrorCode}: ${(error as Error).message}`;
  }
}
