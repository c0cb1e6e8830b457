/** `/_local/…`: unsigned HTTP requests to the store itself: health and faults. */
import type { Faults } from './faults.js';
import type { Store } from '../store/store.js';

/** Cannot be sent by forms, nor by pages of another origin without a preflight request. */
const HEADER = 'x-sagemaker-fs';

/** Answers a request under `/_local/`; undefined for every other target. */
export async function answerOwnRequest(store: Store, request: Request, target: string): Promise<Response | undefined> {
  const path = target.split('?', 1)[0];
  if (!path?.startsWith('/_local/')) return undefined;
  if (!request.headers.has(HEADER))
    return Response.json({ message: `/_local/ needs the header ${HEADER}: 1` }, { status: 403 });
  if (path === '/_local/health') return Response.json({ status: 'ok', accountId: store.accountId });
  if (path !== '/_local/faults') return Response.json({ message: `There is no ${path}` }, { status: 404 });
  if (request.method === 'GET') return Response.json(store.faults);
  if (request.method !== 'POST') return Response.json({ message: 'GET or POST' }, { status: 405 });
  const problem = setFaults(store.faults, await request.json().catch(() => undefined));
  return problem ? Response.json({ message: problem }, { status: 400 }) : Response.json(store.faults);
}

function setFaults(faults: Faults, change: unknown): string | undefined {
  if (typeof change !== 'object' || change === null) return 'The body must be a JSON object';
  const checked: Partial<Faults> = {};
  for (const [name, value] of Object.entries(change)) {
    if (name === 'deny' && Array.isArray(value) && value.every((action) => typeof action === 'string')) {
      checked.deny = value;
    } else if (isNumeric(name) && typeof value === 'number' && value >= 0 && value <= MOST[name]) {
      checked[name] = value;
    } else {
      return `${name} cannot be set to ${JSON.stringify(value)}`;
    }
  }
  Object.assign(faults, checked);
  return undefined;
}

/** Numeric faults and their maximum. */
const MOST = { latencyMs: Infinity, throttlePerSecond: Infinity, errorRate: 1 };

const isNumeric = (name: string): name is keyof typeof MOST => Object.hasOwn(MOST, name);
