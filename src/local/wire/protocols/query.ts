/** The query protocol, as STS speaks it: a form goes in, XML comes out. */
import { operations } from '../../sts/operations/index.js';
import { brokenRules } from '../rules.js';
import { ServiceError } from '../service-error.js';
import { unknownOperation } from './protocol.js';
import type { Protocol } from './protocol.js';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

export const queryProtocol: Protocol = {
  async read(request, store, caller) {
    const form = request.method === 'GET' ? caller.target.split('?', 2)[1] : await request.text();
    const { Action: name = '', ...input } = Object.fromEntries(new URLSearchParams(form));
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!operation) throw unknownOperation(name || 'a call without Action');
    return {
      actions: [`sts:${name}`],
      resource: input.RoleArn ?? '*',
      async run() {
        const broken = brokenRules(operation.rules, input);
        if (broken) throw new ServiceError('ValidationError', broken);
        const output = await operation.run(store, input as never, caller);
        return xmlResponse(
          `${name}Response`,
          { [`${name}Result`]: output, ResponseMetadata: { RequestId: caller.requestId } },
          200,
        );
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

function xmlResponse(root: string, content: object, status: number): Response {
  const body = `<${root} xmlns="${NAMESPACE}">${toXml(content)}</${root}>`;
  return new Response(body, { status, headers: { 'content-type': 'text/xml' } });
}

function toXml(content: unknown): string {
  if (typeof content !== 'object' || content === null) return escape(String(content));
  return Object.entries(content)
    .map(([name, value]) => `<${name}>${toXml(value)}</${name}>`)
    .join('');
}

const escape = (text: string): string => text.replace(/[<>&]/g, (char) => `&#${char.charCodeAt(0)};`);
