/** What the router asks of each of AWS's wire protocols: read a call, and put an error into its own shape. */
import type { Caller } from '../operation.js';
import { ServiceError } from '../service-error.js';
import type { Store } from '../../store/store.js';

/** A request that has been understood, and waits for the faults to let it pass. */
export interface Call {
  /** The IAM actions that the caller needs. */
  actions: readonly string[];
  /** What the actions are done to: an ARN or `*`. */
  resource: string;
  run(): Promise<Response> | Response;
}

export interface Protocol {
  /** Throws ServiceError for what cannot be read. */
  read(request: Request, store: Store, caller: Caller): Promise<Call> | Call;
  error(error: ServiceError, caller: Caller, request: Request): Response;
}

export type Input = Record<string, unknown>;

/** Reads a JSON body; an empty one is an empty object. Throws SerializationException for anything but an object. */
export async function readJson(request: Request): Promise<Input> {
  const text = await request.text();
  if (text === '') return {};
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw new ServiceError('SerializationException', 'The request body is not valid JSON.');
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new ServiceError('SerializationException', 'The request body must be a JSON object.');
  }
  return input as Input;
}

/** The answer to an operation that the service may have and this store has not. */
export const unknownOperation = (name: string): ServiceError =>
  new ServiceError('UnknownOperationException', `the embedded store does not answer ${name}`);

/** The ARN that IAM checks a SageMaker call against, the caller's own where a name was given; `*` when it names no group. */
export function featureGroupResource(nameOrArn: unknown, { region, accountId }: Caller): string {
  if (typeof nameOrArn !== 'string') return '*';
  if (nameOrArn.startsWith('arn:')) return nameOrArn;
  return `arn:aws:sagemaker:${region}:${accountId}:feature-group/${nameOrArn.toLowerCase()}`;
}
