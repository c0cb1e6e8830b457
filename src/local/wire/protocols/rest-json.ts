/** rest-json of the Feature Store runtime: method and path name the operation; members are in path, query and body. */
import { routes, type Route } from '../../runtime/operations/index.js';
import { brokenRules, type Rules } from '../rules.js';
import { ServiceError } from '../service-error.js';
import { featureGroupResource, readJson, unknownOperation } from './protocol.js';
import type { Input, Protocol } from './protocol.js';

const HEADERS = { 'content-type': 'application/json' };

export const restJsonProtocol: Protocol = {
  async read(request, store, caller) {
    const [path = '', query = ''] = caller.target.split('?', 2);
    const route = routes.find((candidate) => candidate.method === request.method && candidate.path.test(path));
    if (!route) throw unknownOperation(`${request.method} ${path}`);
    const { operation } = route;
    const hasBody = route.method === 'POST' || route.method === 'PUT';
    const given = hasBody ? await readJson(request) : readQuery(operation.rules, query);
    const input = { ...given, ...readLabel(route, path) };
    return {
      actions: route.actions ?? [`sagemaker:${route.name}`],
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

/** Decoded late: `%2F` in an ARN is not a path separator. */
function readLabel({ path }: Route, target: string): Input {
  const label = path.exec(target)?.[1];
  return label === undefined ? {} : { FeatureGroupName: decode(label) };
}

/** The keys of members that have another name in the query. */
const QUERY_KEYS: Record<string, string> = { FeatureNames: 'FeatureName' };

/** A list is a repeated key. */
function readQuery(rules: Rules, text: string): Input {
  const pairs = text.split('&').map((pair) => pair.split(/=(.*)/s).map(decode));
  const input: Input = {};
  for (const [member, { type }] of Object.entries(rules)) {
    const given = pairs.filter(([key]) => key === (QUERY_KEYS[member] ?? member)).map(([, value = '']) => value);
    if (given.length > 0) input[member] = type === 'list' ? given : given.at(-1);
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
