import { describe, expect, test } from 'vitest';
import { json, silent, usePayoutHost } from '../tests/support/payout-host.ts';
import { isInternalAddress } from './addresses.ts';
import { isEndpoint, sendOutbound } from './outbound.ts';

const host = usePayoutHost();

const call = (change: object = {}) =>
  sendOutbound({
    method: 'POST',
    url: host.url,
    headers: { 'x-a': 'b' },
    body: '{}',
    timeout_ms: 300,
    body_bytes_max: 1_000,
    allowInternal: true,
    ...change,
  });

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'fd00::1',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
])('%s is no address of the public internet', (address) => {
  expect(isInternalAddress(address)).toBe(true);
});

test.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450:4001::1'])(
  '%s is one',
  (address) => {
    expect(isInternalAddress(address)).toBe(false);
  },
);

test.each([
  'http://example.com/pay',
  'https://127.0.0.1/pay',
  'https://2130706433/pay',
  'https://0x7f.1/pay',
  'https://[::1]/pay',
  'https://[::ffff:10.0.0.1]/pay',
  'https://user:secret@example.com/',
  'https://example.com/#a',
  'ftp://example.com/',
  'javascript:alert(1)',
  'example.com',
  `https://example.com/${'a'.repeat(2_048)}`,
])('%s is no endpoint', (url) => {
  expect(isEndpoint(url, false)).toBe(false);
});

test('a public https address is an endpoint, and an internal one only where that is allowed', () => {
  expect(isEndpoint('https://example.com:8443/pay?a=1', false)).toBe(true);
  expect(isEndpoint(host.url, true)).toBe(true);
  expect(isEndpoint(host.url, false)).toBe(false);
});

describe('a call', () => {
  test('brings back status and body, and went out once with what was given', async () => {
    host.reply(json(201, { a: 1 }));
    expect(await call()).toEqual({ status: 201, body: '{"a":1}', retryAfter: null });
    expect(host.calls).toHaveLength(1);
    expect(host.calls[0]).toMatchObject({ method: 'POST', body: '{}' });
    expect(host.calls[0]?.headers).toMatchObject({ 'x-a': 'b', 'content-length': '2' });
  });

  test('follows no redirect: it comes back as it is', async () => {
    host.reply((response) => response.writeHead(307, { location: host.url }).end());
    expect(await call()).toMatchObject({ status: 307 });
    expect(host.calls).toHaveLength(1);
  });

  test('ends when no answer comes, and when it comes in drops', async () => {
    host.reply(silent);
    await expect(call()).rejects.toMatchObject({ code: 'timed_out' });
    host.reply((response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    });
    await expect(call()).rejects.toMatchObject({ code: 'timed_out' });
  });

  test('ends when the answer is larger than allowed, whatever length it claims', async () => {
    host.reply((response) => response.writeHead(200).end('x'.repeat(200_000)));
    await expect(call()).rejects.toMatchObject({ code: 'answer_too_large' });
  });

  test('ends when the connection breaks, and when nobody listens', async () => {
    host.reply((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    });
    await expect(call()).rejects.toMatchObject({ code: 'unreachable' });
    await expect(call({ url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('does not reach a name that means an internal address', async () => {
    host.reply(json(200, {}));
    const { port } = new URL(host.url);
    const url = `https://localhost:${port}/pay`;
    expect(isEndpoint(url, false)).toBe(true);
    await expect(call({ url, allowInternal: false })).rejects.toMatchObject({ code: 'address_forbidden' });
    expect(host.calls).toHaveLength(0);
  });

  test('reaches this machine alone where no more than that is allowed', async () => {
    host.reply(json(200, {}));
    const { port } = new URL(host.url);
    const allowInternal = 'loopback' as const;
    for (const name of ['127.0.0.1', 'localhost']) {
      const url = `http://${name}:${port}/pay`;
      expect(isEndpoint(url, allowInternal)).toBe(true);
      expect(await call({ url, allowInternal })).toMatchObject({ status: 200 });
    }
    for (const url of [
      'http://10.0.0.1/',
      'https://192.168.1.1/',
      'http://[fd00::1]/',
      'http://shop.example/',
    ]) {
      expect(isEndpoint(url, allowInternal)).toBe(false);
    }
    expect(isEndpoint('http://[::1]:80/', allowInternal)).toBe(true);
    expect(isEndpoint('https://shop.example/', allowInternal)).toBe(true);
  });
});
