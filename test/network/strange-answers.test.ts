/** Answers with a status and no error of the service, as proxies and gateways give them: a sentence for each, whoever sends the call. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { run } from '../support/run.js';
import { openScriptedServer } from '../support/scripted-server.js';

const html = { 'content-type': 'text/html' };
const ANSWERS: Record<
  string,
  { status: number; headers?: Record<string, string>; body?: string; says: string; code: number }
> = {
  'a redirect': {
    status: 301,
    headers: { location: 'https://login.example.com/in?token=secret' },
    says: "a redirect to https://login.example.com (status 301, a proxy's login page?), which is not the service's: check --endpoint-url, the region and the proxy.",
    code: 1,
  },
  'a redirect to nowhere': { status: 307, says: 'a redirect (status 307', code: 1 },
  'a proxy that wants a password': { status: 407, says: 'put them into HTTPS_PROXY', code: 1 },
  'a redirect with a page': {
    status: 302,
    headers: { ...html, location: 'https://login.example.com/in?token=secret' },
    body: '<html>moved</html>',
    says: "a redirect to https://login.example.com (status 302, a proxy's login page?), which is not the service's: check",
    code: 1,
  },
  'a page of a proxy that wants a password': {
    status: 407,
    headers: html,
    body: '<html>who are you?</html>',
    says: 'put them into HTTPS_PROXY',
    code: 1,
  },
  'a page of a proxy that lets nobody through': {
    status: 403,
    headers: html,
    body: '<html>blocked</html>',
    says: "an HTML page (status 403, a proxy?), which is not the service's: check",
    code: 1,
  },
  'a login page in its place': {
    status: 200,
    headers: html,
    body: '<html>sign in</html>',
    says: 'an HTML page',
    code: 5,
  },
  'a 400 without a word': { status: 400, says: 'status 400 and no error (a proxy or gateway?)', code: 1 },
  'a page for an unknown path': {
    status: 404,
    headers: html,
    body: '<html>no</html>',
    says: 'status 404 and',
    code: 1,
  },
  'plain text': { status: 413, body: 'too large', says: 'status 413 and no error (a proxy or gateway?)', code: 1 },
  'a gateway in trouble': { status: 502, body: 'Bad Gateway', says: 'status 502 and no error', code: 5 },
  'a 504 without a word': { status: 504, says: 'status 504 and no error', code: 5 },
  'an error of another kind': { status: 500, body: '{"error":"x"}', says: 'status 500 and no error', code: 5 },
  'a page of a gateway': {
    status: 503,
    headers: html,
    body: '<html>busy</html>',
    says: 'an HTML page (status 503',
    code: 5,
  },
};

beforeAll(() => void vi.stubEnv('AWS_ACCESS_KEY_ID', 'a').stubEnv('AWS_SECRET_ACCESS_KEY', 'b'));

// Side by side, for they do nothing but wait before they try again.
describe.concurrent.each(Object.entries(ANSWERS))('%s', (_name, { status, headers = {}, body = '', says, code }) => {
  test.for([
    ['the control plane', ['list', '--retry-for', '1s']],
    ['a call of its own', ['get', 'shop', '1']],
    ['a job in bulk', ['bulk-get', 'shop', '-', '--retry-for', '1s']],
  ] as const)('of %s', async ([, argv], { onTestFinished }) => {
    const server = await openScriptedServer((_request, response) => {
      response.writeHead(status, headers);
      response.end(body);
    });
    onTestFinished(() => server.close());
    const where = ['--region', 'us-east-1', '--endpoint-url', `http://127.0.0.1:${server.port}`];
    const ran = await run([...argv, ...where], { stdin: '1\n' });
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toContain(says);
    expect(ran.stderr).not.toMatch(/Unknown|SyntaxError|\$response|secret/);
  });
});
