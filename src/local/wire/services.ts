/** The services of the embedded store, each loaded on its first call. */
import { invalidRequest } from '../athena/operations/shapes.js';
import { jsonProtocol } from './protocols/json.js';
import type { Protocol } from './protocols/protocol.js';
import { queryProtocol } from './protocols/query.js';
import { ServiceError } from './service-error.js';

const sagemaker = jsonProtocol({
  actions: 'sagemaker',
  operations: async () => (await import('../sagemaker/operations/index.js')).operations,
});

const athena = jsonProtocol({
  actions: 'athena',
  operations: async () => (await import('../athena/operations/index.js')).operations,
  invalid: invalidRequest,
});

const glue = jsonProtocol({
  actions: 'glue',
  operations: async () => (await import('../glue/operations.js')).operations,
  invalid: (message) => new ServiceError('InvalidInputException', message),
});

const sts = queryProtocol({
  actions: 'sts',
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  operations: async () => (await import('../sts/operations.js')).operations,
});

const iam = queryProtocol({
  actions: 'iam',
  namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  operations: async () => (await import('../iam/operations.js')).operations,
});

/** Any other service: has no operations, and names the requested one in the error. */
const stranger = jsonProtocol({
  actions: '*',
  operations: () => Promise.resolve({}),
});

const runtime = async (): Promise<Protocol> => (await import('./protocols/rest-json.js')).restJsonProtocol;
const s3 = async (): Promise<Protocol> => (await import('../s3/operations/index.js')).s3Protocol;

const BY_TARGET: Record<string, Protocol> = { SageMaker: sagemaker, AmazonAthena: athena, AWSGlue: glue };

/**
 * Selects the protocol of a request: by its signature scope or, unsigned, by its form; S3 by default. SageMaker signs
 * control plane and runtime with the same name.
 */
export async function serviceOf(request: Request, scope: string | undefined, target: string): Promise<Protocol> {
  const named = request.headers.get('x-amz-target')?.split('.')[0];
  if (named !== undefined) return BY_TARGET[named] ?? stranger;
  if (scope === 'sagemaker' || (!scope && isRuntimePath(target))) return runtime();
  if (scope === 'iam') return iam;
  if (scope === 'sts' || (scope !== 's3' && isForm(request))) return sts;
  return scope === undefined || scope === 's3' ? s3() : stranger;
}

const isRuntimePath = (target: string): boolean => /^\/(FeatureGroup\/|Batch(Get|Write)Record$)/.test(target);

/** A PUT with the content type of a form is an object. */
const isForm = ({ method, headers }: Request): boolean =>
  method === 'POST' && (headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') ?? false);
