/** Output shapes of Athena, and how it refuses. */
import type { Caller } from '../../wire/operation.js';
import { string } from '../../wire/rules.js';
import { ServiceError } from '../../wire/service-error.js';
import type { Execution } from '../executions.js';
import type { Store } from '../../store/store.js';
import type { WorkGroup } from '../workgroups.js';

const ENGINE_VERSION = { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' };

export const workGroupName = string({ pattern: '[a-zA-Z0-9._-]{1,128}' });
export const executionId = string({ minLength: 1, maxLength: 128, pattern: '\\S+' });

/** InvalidRequestException with the code of its kind, such as `MALFORMED_QUERY`. */
export const invalidRequest = (message: string, code = 'INVALID_INPUT'): ServiceError =>
  new ServiceError('InvalidRequestException', message, { fields: { AthenaErrorCode: code, ErrorCode: code } });

/** Finds an execution in the region of the caller. Throws InvalidRequestException if there is none. */
export async function executionOf(store: Store, { region }: Caller, id: string): Promise<Execution> {
  const execution = await store.queries.get(region, id);
  if (!execution) throw invalidRequest(`QueryExecution ${id} was not found`, 'QUERY_EXECUTION_NOT_FOUND');
  return execution;
}

/** Finds a workgroup. Throws InvalidRequestException if there is none. */
export function workGroupOf(store: Store, { region }: Caller, name: string): WorkGroup {
  const found = store.queries.workGroups.get(region, name);
  if (!found) throw invalidRequest('WorkGroup is not found.');
  return found;
}

/** Athena's `QueryExecution` shape. */
export function describeExecution(execution: Execution): object {
  const { submittedAt, startedAt, completedAt } = execution;
  const between = (from: number | undefined, to: number | undefined) => Math.max(0, (to ?? 0) - (from ?? to ?? 0));
  return {
    QueryExecutionId: execution.id,
    Query: execution.sql,
    StatementType: execution.statementType,
    SubstatementType: execution.substatementType,
    ResultConfiguration: { OutputLocation: execution.outputLocation },
    ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: false } },
    QueryExecutionContext: { Database: execution.database, Catalog: execution.catalog },
    ExecutionParameters: execution.parameters,
    WorkGroup: execution.workGroup,
    EngineVersion: ENGINE_VERSION,
    Status: {
      State: execution.state,
      StateChangeReason: execution.stateChangeReason,
      SubmissionDateTime: submittedAt / 1000,
      CompletionDateTime: completedAt === undefined ? undefined : completedAt / 1000,
      AthenaError: execution.error,
    },
    Statistics: {
      EngineExecutionTimeInMillis: between(startedAt, completedAt),
      DataScannedInBytes: execution.scanned,
      DataManifestLocation: execution.manifest,
      TotalExecutionTimeInMillis: between(submittedAt, completedAt),
      QueryQueueTimeInMillis: between(submittedAt, startedAt ?? completedAt),
      ServicePreProcessingTimeInMillis: 0,
      QueryPlanningTimeInMillis: 0,
      ServiceProcessingTimeInMillis: 0,
      ResultReuseInformation: { ReusedPreviousResult: false },
    },
  };
}

/** Athena's `WorkGroup` shape. */
export const describeWorkGroup = ({ name, description, state, createdAt, configuration }: WorkGroup): object => ({
  Name: name,
  State: state,
  Description: description ?? '',
  CreationTime: createdAt / 1000,
  Configuration: { ...configuration, EngineVersion: ENGINE_VERSION },
});
