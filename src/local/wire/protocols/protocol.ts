/** What the router needs of a wire protocol of AWS: parse a call, and format an error. */
import type { Caller } from '../operation.js';
import { ServiceError } from '../service-error.js';
import type { Store } from '../../store/store.js';

/** A parsed request, before fault injection. */
export interface Call {
  /** Required IAM actions. */
  actions: readonly string[];
  /** The resource: an ARN or `*`. */
  resource: string;
  run(): Promise<Response> | Response;
}

export interface Protocol {
  /** Throws ServiceError for an unreadable request. */
  read(request: Request, store: Store, caller: Caller): Promise<Call> | Call;
  error(error: ServiceError, caller: Caller, request: Request): Response;
}

export type Input = Record<string, unknown>;

/** Parses a JSON body; an empty one is an empty object. Throws SerializationException for anything but an object. */
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

/** The error for an operation that this store does not have. */
export const unknownOperation = (name: string): ServiceError =>
  new ServiceError('UnknownOperationException', `the embedded store does not answer ${name}`);

/**
 * The resource that IAM checks for a SageMaker call, in the account of the caller for a plain name; `*` without a
 * group.
 */
export function featureGroupResource(nameOrArn: unknown, { region, accountId }: Caller): string {
  if (typeof nameOrArn !== 'string') return '*';
  if (nameOrArn.startsWith('arn:')) return nameOrArn;
  return `arn:aws:sagemaker:${region}:${accountId}:feature-group/${nameOrArn.toLowerCase()}`;
}
