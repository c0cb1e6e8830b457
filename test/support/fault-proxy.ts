/** An HTTP proxy on loopback before an embedded store, in which a seeded share of the calls meets a fault of some kind. */
import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { send, type Answer, type Exchange, type Fault, type Moment, type ProxiedRequest } from './faults/exchange.js';
import { lies } from './faults/lies.js';
import { lost } from './faults/lost.js';
import { parts } from './faults/parts.js';
import { refusals } from './faults/refusals.js';
import { nameOf } from './wire.js';

/** Every kind of fault by its name. */
export const FAULTS: Record<string, Fault> = { ...lost, ...refusals, ...lies, ...parts };

export interface FaultProxyOptions {
  /** Where the store listens. */
  port: number;
  seed: number;
  /** Share of the calls that meet a fault, 0..1. */
  rate: number;
  /** Names of FAULTS; by default all of them. */
  kinds?: string[];
}

export interface FaultProxy {
  endpoint: string;
  /** How many calls met a fault. */
  struck(): number;
  /** What it did, one line a fault, for the message of a test that fails. */
  log(): string;
  /** Ends once nothing is on its way to the store any more, and the door is open. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the proxy on a free port. */
export async function openFaultProxy({ port, seed, rate, kinds }: FaultProxyOptions): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const lines: string[] = [];
  const counts = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  const chosen = kinds ?? Object.keys(FAULTS);
  let closed = false;

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    const count = (counts.get(request.operation) ?? 0) + 1;
    counts.set(request.operation, count);
    const random = randomNumbers(`${seed} ${request.operation} ${count}`);
    const exchange: Exchange = {
      ...{ request, random, response, outage },
      forward: (body) => forward(body ? withBody(request, body) : request, { port, agent }),
    };
    const struck = random() < rate ? faultFor(request, chosen, random) : undefined;
    if (!struck) return send(exchange, await exchange.forward());
    lines.push(`${request.operation} #${count}: ${struck.name}, ${struck.moment} the store's work`);
    await struck.fault.strike(exchange, struck.moment);
  }

  const server = createServer((incoming, response) => {
    // A client that went away, or a store that is being closed: the call is lost, which is a fault like any other.
    const done = handle(incoming, response).catch(() => void response.destroy());
    underWay.add(done);
    void done.finally(() => underWay.delete(done));
  });
  await listening(server.listen(0, '127.0.0.1'));
  const own = (server.address() as AddressInfo).port;

  function outage(milliseconds: number): void {
    server.close();
    server.closeAllConnections();
    const reopened = sleep(milliseconds).then(reopen);
    underWay.add(reopened);
    void reopened.finally(() => underWay.delete(reopened));
  }

  /** Another process may have taken the port for a moment. */
  async function reopen(): Promise<void> {
    while (!closed && !server.listening) await listening(server.listen(own, '127.0.0.1')).catch(() => sleep(20));
  }

  return {
    endpoint: `http://127.0.0.1:${own}`,
    struck: () => lines.length,
    log: () => `seed ${seed}, rate ${rate}, ${lines.length} faults:\n${lines.join('\n')}`,
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async close() {
      closed = true;
      server.close();
      server.closeAllConnections();
      await Promise.all(underWay);
      agent.destroy();
    },
  };
}

const listening = (server: ReturnType<typeof createServer>): Promise<unknown> => once(server, 'listening');

async function readRequest(incoming: IncomingMessage): Promise<ProxiedRequest> {
  const { method = 'GET', url: target = '/' } = incoming;
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  const { operation } = nameOf(method, target, headers);
  return { operation, service: serviceOf(headers), method, target, headers, body: await buffer(incoming) };
}

function serviceOf({ 'x-amz-target': target, authorization = '' }: Record<string, string>): ProxiedRequest['service'] {
  if (target) return target.startsWith('AmazonAthena') ? 'athena' : 'sagemaker';
  if (authorization.includes('/s3/')) return 's3';
  return authorization.includes('/sts/') ? 'sts' : 'runtime';
}

/** Of all kinds that fit the request, one, and one of its moments. */
function faultFor(request: ProxiedRequest, kinds: string[], random: () => number) {
  const fitting = kinds.flatMap((name) => {
    const fault = FAULTS[name]!;
    const moments = fault.moments(request);
    return moments.length > 0 ? [{ name, fault, moments }] : [];
  });
  const pick = <T>(list: T[]): T | undefined => list[Math.floor(random() * list.length)];
  const one = pick(fitting);
  return one && { ...one, moment: pick<Moment>(one.moments)! };
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'expect']);

async function forward(request: ProxiedRequest, { port, agent }: { port: number; agent: Agent }): Promise<Answer> {
  const { method, target: path, body } = request;
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
  const length = body.length > 0 || ['PUT', 'POST'].includes(method) ? { 'content-length': body.length } : {};
  const outgoing = httpRequest({ host: '127.0.0.1', port, agent, method, path, headers: { ...headers, ...length } });
  outgoing.end(body);
  const [answered] = (await once(outgoing, 'response')) as [IncomingMessage];
  const kept = Object.entries(answered.headers).filter(
    ([name]) => !HOP_BY_HOP.has(name) || (name === 'content-length' && method === 'HEAD'),
  );
  return {
    status: answered.statusCode!,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
    body: await buffer(answered),
  };
}

/** Without the checksums of the body that was sent. */
function withBody(request: ProxiedRequest, body: Buffer): ProxiedRequest {
  const kept = Object.entries(request.headers).filter(([name]) => !/checksum|content-md5|content-sha256/.test(name));
  return { ...request, body, headers: Object.fromEntries(kept) };
}

/** A repeatable sequence of numbers below one for a text (FNV-1a, mulberry32). */
function randomNumbers(text: string): () => number {
  let state = 2166136261;
  for (let at = 0; at < text.length; at += 1) state = Math.imul(state ^ text.charCodeAt(at), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
