/** The query protocol of STS and IAM: form in, XML out. */
import type { Caller, Operations } from '../operation.js';
import { brokenRules } from '../rules.js';
import { ServiceError } from '../service-error.js';
import { xmlOf, type XmlContent } from '../xml.js';
import { unknownOperation } from './protocol.js';
import type { Protocol } from './protocol.js';

export interface QueryService {
  /** Name of the service in IAM, e.g. `sts`. */
  actions: string;
  namespace: string;
  operations(): Promise<Operations>;
}

export function queryProtocol({ actions, namespace, operations }: QueryService): Protocol {
  const xmlResponse = (root: string, content: XmlContent, status = 200): Response =>
    new Response(`<${root} xmlns="${namespace}">${xmlOf(content)}</${root}>`, {
      status,
      headers: { 'content-type': 'text/xml' },
    });
  return {
    async read(request, store, caller) {
      const form = request.method === 'GET' ? caller.target.split('?', 2)[1] : await request.text();
      const { Action: name = '', ...input } = Object.fromEntries(new URLSearchParams(form));
      const known = await operations();
      const operation = Object.hasOwn(known, name) ? known[name] : undefined;
      if (!operation) throw unknownOperation(name || 'a call without Action');
      return {
        actions: [`${actions}:${name}`],
        resource: input.RoleArn ?? roleArn(input.RoleName, caller),
        async run() {
          const broken = brokenRules(operation.rules, input);
          if (broken) throw new ServiceError('ValidationError', broken);
          const output = (await operation.run(store, input as never, caller)) as XmlContent;
          const metadata = { RequestId: caller.requestId };
          return xmlResponse(`${name}Response`, { [`${name}Result`]: output, ResponseMetadata: metadata });
        },
      };
    },
    error: ({ code, message, status }, { requestId }) =>
      xmlResponse(
        'ErrorResponse',
        { Error: { Type: 'Sender', Code: code, Message: message }, RequestId: requestId },
        status,
      ),
  };
}

const roleArn = (name: string | undefined, { accountId }: Caller): string =>
  name === undefined ? '*' : `arn:aws:iam::${accountId}:role/${name}`;
