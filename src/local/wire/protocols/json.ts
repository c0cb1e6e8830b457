/** JSON 1.1: the `X-Amz-Target` header names the operation, everything else is in the body. */
import type { Operations } from '../operation.js';
import { brokenRules } from '../rules.js';
import { ServiceError } from '../service-error.js';
import { featureGroupResource, readJson, unknownOperation } from './protocol.js';
import type { Protocol } from './protocol.js';

export interface JsonService {
  /** Name of the service in IAM, e.g. `sagemaker`. */
  actions: string;
  operations(): Promise<Operations>;
  /** The error for an invalid input, by default ValidationException. */
  invalid?(message: string): ServiceError;
}

const HEADERS = { 'content-type': 'application/x-amz-json-1.1' };

export function jsonProtocol(service: JsonService): Protocol {
  return {
    async read(request, store, caller) {
      const name = request.headers.get('x-amz-target')?.split('.').at(-1) ?? '';
      const operations = await service.operations();
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (!operation) throw unknownOperation(name || 'a call without X-Amz-Target');
      const input = await readJson(request);
      return {
        actions: [`${service.actions}:${name}`],
        resource: featureGroupResource(input.FeatureGroupName ?? input.ResourceArn, caller),
        async run() {
          const broken = brokenRules(operation.rules, input);
          if (broken) throw service.invalid?.(broken) ?? new ServiceError('ValidationException', broken);
          const output = await operation.run(store, input as never, caller);
          return new Response(output ? JSON.stringify(output) : '', { headers: HEADERS });
        },
      };
    },
    error: ({ code, message, status, fields }) =>
      new Response(JSON.stringify({ __type: code, ...fields, Message: message }), { status, headers: HEADERS }),
  };
}
