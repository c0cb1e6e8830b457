/** rest-json of the Feature Store runtime: method and path name the operation; members are in path, query and body. */
import type { Route } from '../../runtime/operations/index.js';
import { operations, routes } from '../../runtime/operations/index.js';
import { brokenRules } from '../rules.js';
import { ServiceError } from '../service-error.js';
import { featureGroupResource, readJson, unknownOperation } from './protocol.js';
import type { Input, Protocol } from './protocol.js';

const HEADERS = { 'content-type': 'application/json' };

export const restJsonProtocol: Protocol = {
  async read(request, store, caller) {
    const [path = '', query = ''] = caller.target.split('?', 2);
    const route = routes.find((candidate) => candidate.method === request.method && candidate.path.test(path));
    const operation = route && operations[route.operation];
    if (!operation) throw unknownOperation(`${request.method} ${path}`);
    const input = { ...(await readBody(request)), ...readQuery(route, query), ...readLabel(route, path) };
    return {
      actions: route.actions ?? [`sagemaker:${route.operation}`],
      resource: featureGroupResource(input.FeatureGroupName ?? firstGroupOf(input), caller),
      async run() {
        const broken = brokenRules(operation.rules, input);
        if (broken) throw new ServiceError('ValidationError', broken);
        const output = await operation.run(store, input as never, caller);
        return new Response(output ? JSON.stringify(output) : '', { headers: HEADERS });
      },
    };
  },
  error: ({ code, message, status, fields }) =>
    new Response(JSON.stringify({ ...fields, Message: message }), {
      status,
      headers: { ...HEADERS, 'x-amzn-ErrorType': code },
    }),
};

const readBody = (request: Request): Promise<Input> | Input =>
  request.method === 'POST' || request.method === 'PUT' ? readJson(request) : {};

/** Decoded late: `%2F` in an ARN is not a path separator. */
function readLabel({ path }: Route, target: string): Input {
  const label = path.exec(target)?.[1];
  return label === undefined ? {} : { FeatureGroupName: decode(label) };
}

function readQuery({ query = {} }: Route, text: string): Input {
  const input: Input = {};
  for (const pair of text === '' ? [] : text.split('&')) {
    const [key = '', value = ''] = pair.split(/=(.*)/s).map(decode);
    const member = query[key];
    if (!member) continue;
    if (member.list) ((input[member.name] ??= []) as string[]).push(value);
    else input[member.name] = value;
  }
  return input;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ServiceError('ValidationError', `'${text}' is not percent-encoded UTF-8`);
  }
}

/** Batch calls name the group in each entry. */
function firstGroupOf({ Entries, Identifiers }: Input): unknown {
  const entries = Entries ?? Identifiers;
  return Array.isArray(entries) ? (entries[0] as Input | undefined)?.FeatureGroupName : undefined;
}
