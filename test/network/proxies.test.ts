import { describe, expect, test } from 'vitest';
import { proxyOf } from '../../src/network/proxies.js';

const AWS = { protocol: 'https:', hostname: 'api.sagemaker.us-east-1.amazonaws.com' };
const PROXY = { HTTPS_PROXY: 'http://proxy.example.com:3128' };

describe('the variable', () => {
  test.each([
    [{}, undefined],
    [PROXY, 'http://proxy.example.com:3128 (HTTPS_PROXY)'],
    [{ https_proxy: 'proxy.example.com:3128' }, 'http://proxy.example.com:3128 (HTTPS_PROXY)'],
    [{ ...PROXY, https_proxy: 'https://lower' }, 'https://lower:443 (HTTPS_PROXY)'],
    [{ ...PROXY, https_proxy: '' }, undefined],
    [{ HTTP_PROXY: 'http://plain' }, undefined],
    [{ HTTPS_PROXY: 'http://ann:s%40crt@proxy' }, 'http://proxy:80 (HTTPS_PROXY)'],
  ])('%o: %s', (env, words) => {
    expect(proxyOf(AWS, env)?.words).toBe(words);
  });

  test('a user is sent, and not shown', () => {
    const proxy = proxyOf(AWS, { HTTPS_PROXY: 'http://ann:s%40crt@proxy' });
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from('ann:s@crt').toString('base64')}`);
    expect(proxy?.words).not.toContain('crt');
  });

  test('plain HTTP has its own', () => {
    const plain = { protocol: 'http:', hostname: 'store' };
    expect(proxyOf(plain, { ...PROXY, HTTP_PROXY: 'http://plain:8080' })?.words).toBe('http://plain:8080 (HTTP_PROXY)');
  });

  test.each(['socks5://proxy:1080', 'http://', 'http://proxy:port'])('%s is none', (address) => {
    expect(() => proxyOf(AWS, { HTTPS_PROXY: address })).toThrow('HTTPS_PROXY is not the address of a proxy');
  });
});

test.each([
  ['*', AWS.hostname, true],
  ['amazonaws.com', AWS.hostname, true],
  ['.amazonaws.com', AWS.hostname, true],
  ['*.amazonaws.com', AWS.hostname, true],
  ['.AmazonAWS.com', AWS.hostname, true],
  ['internal, .us-east-1.amazonaws.com', AWS.hostname, true],
  ['internal .us-east-1.amazonaws.com', AWS.hostname, true],
  ['amazonaws.com:443', AWS.hostname, true],
  ['amazonaws.com:8443', AWS.hostname, false],
  ['naws.com', AWS.hostname, false],
  ['eu-west-1.amazonaws.com', AWS.hostname, false],
  ['', AWS.hostname, false],
  [',', AWS.hostname, false],
  ['.', AWS.hostname, false],
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.1.2.3', false],
  ['10.0.0.0/99', '10.1.2.3', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['1.2.3', '0.1.2.3', false],
  ['10.0.0.0/8', AWS.hostname, false],
  ['fd00::/8', 'fd00::1', true],
  ['fd00::/8', '[fd00::1]', true],
  ['[::1]:443', '::1', true],
  ['::1', '::1', true],
])('NO_PROXY=%s for %s: %s', (list, hostname, isExempt) => {
  const env = { ...PROXY, NO_PROXY: list };
  expect(proxyOf({ protocol: 'https:', hostname }, env) === undefined).toBe(isExempt);
  expect(proxyOf({ protocol: 'https:', hostname }, { ...PROXY, no_proxy: list }) === undefined).toBe(isExempt);
});
