/** Who is answered over HTTP: programs that name this machine, not pages that a browser has open. */
import { request, type OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Local } from '../../src/local/index.js';
import { openThrowAway } from '../support/doors.js';

let local: Local;
let port = 0;

beforeAll(async () => {
  local = await openThrowAway({});
  ({ port } = await local.listen({ port: 0, allowHosts: ['store.test'] }));
  await local.store.objects.createBucket('bkt', 'us-east-1');
  await local.store.objects.put('bkt', 'key', Buffer.from('bytes'));
});
afterAll(() => local.close());

function send(headers: OutgoingHttpHeaders, { method = 'GET', path = '/bkt/key', body = '' } = {}) {
  return new Promise<{ status?: number; body: string }>((resolve, reject) => {
    const sent = request({ port, path, method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () => resolve({ status: answer.statusCode, body: Buffer.concat(chunks).toString() }));
    });
    sent.once('error', reject).end(body);
  });
}

describe('the HTTP door', () => {
  it.each(['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST', 's3.localhost', 'store.test'])(
    'answers for %s',
    async (name) => {
      expect(await send({ host: name })).toEqual({ status: 200, body: 'bytes' });
      expect(await send({ host: `${name}:${port}` })).toEqual({ status: 200, body: 'bytes' });
    },
  );

  it('answers for a bucket before its name', async () => {
    expect(await send({ host: `bkt.localhost:${port}` }, { path: '/key' })).toEqual({ status: 200, body: 'bytes' });
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:4599',
    '192.168.0.1',
    'evilstore.test',
  ])('does not answer for %j', async (host) => {
    const { status, body } = await send({ host });
    expect(status).toBe(403);
    expect(body).not.toContain('bytes');
  });

  const calls = {
    'a put of records': { method: 'PUT', path: '/FeatureGroup/g', body: '{"Record":[]}' },
    'a deletion': { method: 'DELETE', path: '/bkt/key' },
    faults: { method: 'POST', path: '/_local/faults', body: '{"errorRate":1}' },
    'a preflight': { method: 'OPTIONS', path: '/bkt/key' },
  };
  it.each(Object.entries(calls))('refuses %s from a page of another origin', async (_what, call) => {
    for (const origin of [
      'https://evil.example',
      'null',
      `http://localhost:${port + 1}`,
      `https://127.0.0.1:${port}`,
    ]) {
      const headers = { host: `127.0.0.1:${port}`, origin, 'content-type': 'text/plain' };
      expect(await send(headers, call)).toMatchObject({ status: 403 });
    }
    expect(local.faults.errorRate).toBe(0);
    expect(local.store.objects.head('bkt', 'key')).toBeDefined();
  });

  it('answers its own origin', async () => {
    const host = `127.0.0.1:${port}`;
    expect(await send({ host, origin: `http://${host}` })).toMatchObject({ status: 200 });
  });
});
