/** StartQueryExecution: checks token, output location and syntax, in this order, and starts the query. */
import { createHash, randomUUID } from 'node:crypto';
import type { Execution } from '../executions.js';
import { operation, type Caller } from '../../wire/operation.js';
import { list, required, string, structure, type InputOf } from '../../wire/rules.js';
import { parseS3Uri } from '../../store/s3-uri.js';
import type { Store } from '../../store/store.js';
import { QueryError } from '../language/errors.js';
import { FORMS, parseStatement, type Form, type ParsedStatement } from '../language/statement.js';
import { PRIMARY } from '../workgroups.js';
import { invalidRequest, workGroupName, workGroupOf } from './shapes.js';

/** [Service quotas](https://docs.aws.amazon.com/athena/latest/ug/service-limits.html), bytes of UTF-8. */
const MAX_QUERY_BYTES = 262_144;

const rules = {
  QueryString: required(string({ minLength: 1 })),
  ClientRequestToken: string({ minLength: 32, maxLength: 128 }),
  WorkGroup: workGroupName,
  QueryExecutionContext: structure({
    Database: string({ minLength: 1, maxLength: 255 }),
    Catalog: string({ minLength: 1, maxLength: 256 }),
  }),
  ResultConfiguration: structure({ OutputLocation: string() }),
  ExecutionParameters: list(string({ minLength: 1, maxLength: 1024 }), { minLength: 1 }),
};
type Input = InputOf<typeof rules>;

export const startQueryExecution = operation({
  rules,
  async run(store, input, caller) {
    if (Buffer.byteLength(input.QueryString) > MAX_QUERY_BYTES) throw invalidRequest('The query string is too long.');
    const token = { name: input.ClientRequestToken ?? randomUUID(), fingerprint: fingerprintOf(input) };
    const earlier = store.queries.executions.token(caller.region, token.name);
    if (earlier) return { QueryExecutionId: sameRequest(earlier, token.fingerprint) };
    const location = await outputLocation(store, input, caller);
    const statement = await checkedStatement(store, input, caller);
    const id = randomUUID();
    const { kind } = statement.statement;
    const [statementType, , suffix = '.txt']: Form = FORMS[kind];
    const execution: Execution = {
      id,
      region: caller.region,
      workGroup: input.WorkGroup ?? PRIMARY,
      sql: input.QueryString,
      database: databaseOf(input),
      catalog: (input.QueryExecutionContext?.Catalog ?? 'AwsDataCatalog').toLowerCase(),
      ...(input.ExecutionParameters && { parameters: input.ExecutionParameters }),
      outputLocation: location + id + suffix,
      statementType,
      substatementType: kind,
      state: 'QUEUED',
      submittedAt: store.now(),
      scanned: 0,
      columns: [],
      runner: store.queries.runner,
    };
    const kept = await store.queries.start(execution, { token, statement });
    return { QueryExecutionId: sameRequest(kept, token.fingerprint) };
  },
});

/** As measured, WorkGroup and ExecutionParameters are not compared. */
function fingerprintOf({ QueryString, QueryExecutionContext, ResultConfiguration }: Input): string {
  const { Catalog, Database } = QueryExecutionContext ?? {};
  const compared = [QueryString, Catalog, Database, ResultConfiguration?.OutputLocation];
  return createHash('sha256').update(JSON.stringify(compared)).digest('hex');
}

function sameRequest(kept: { id: string; fingerprint: string }, fingerprint: string): string {
  if (kept.fingerprint === fingerprint) return kept.id;
  throw invalidRequest('Idempotent parameters do not match', 'IDEMPOTENT_PARAMETER_MISMATCH');
}

/** The location of the workgroup if enforced, else of the request, else of the workgroup. */
async function outputLocation(store: Store, input: Input, caller: Caller): Promise<string> {
  const workGroup = workGroupOf(store, caller, input.WorkGroup ?? PRIMARY);
  if (workGroup.state === 'DISABLED') throw invalidRequest(`WorkGroup ${workGroup.name} is disabled.`);
  const { EnforceWorkGroupConfiguration: enforced, ResultConfiguration } = workGroup.configuration;
  const own = ResultConfiguration?.OutputLocation;
  const given = input.ResultConfiguration?.OutputLocation;
  const location = enforced ? (own ?? given) : (given ?? own);
  if (!location) {
    throw invalidRequest(
      'No output location provided. You did not provide an output location for  your query results. ' +
        'Provide one in the request, or set one for the workgroup.',
    );
  }
  const place = location.startsWith('s3://') ? parseS3Uri(location) : undefined;
  if (!place) throw invalidRequest('outputLocation is not a valid S3 path.');
  await store.objects.createBucket(place.bucket, caller.region);
  return location.replace(/\/*$/, '/');
}

async function checkedStatement(store: Store, input: Input, caller: Caller): Promise<ParsedStatement> {
  try {
    const parsed = parseStatement(input.QueryString);
    const { kind, table, query } = parsed.statement;
    const source = { sql: parsed.sql, region: caller.region, database: databaseOf(input) };
    await store.queries.engine.check({ ...source, tokens: query, parameters: input.ExecutionParameters });
    const isListed = kind === 'DESCRIBE_TABLE' || kind === 'SHOW_COLUMNS';
    if (isListed && !store.tables.get(caller.region, table.database ?? source.database, table.name)) {
      throw invalidRequest(`Entity Not Found: ${table.name}`);
    }
    return parsed;
  } catch (error) {
    if (error instanceof QueryError) throw invalidRequest(error.message, error.code);
    throw error;
  }
}

/** The database of queries without a context. */
const databaseOf = (input: Input) => (input.QueryExecutionContext?.Database ?? 'default').toLowerCase();
