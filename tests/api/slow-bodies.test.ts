import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { useApi } from './harness.ts';

const api = useApi();

/** Sends the beginning of a request, and a byte now and then. Gives what came, once the server hung up. */
async function trickle(begin: string): Promise<string> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (data) => {
    received += data;
  });
  socket.on('error', () => undefined);
  socket.write(begin);
  const trickling = setInterval(() => socket.write('x'), 500);
  try {
    await new Promise((resolve) => socket.once('close', resolve));
  } finally {
    clearInterval(trickling);
  }
  return received;
}

it('a body or a head that trickles in has an end, with 408, and nothing of it is taken', async () => {
  const before = await api.counts();
  const head = `POST /trpc/members.upsert HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${api.programKey}\r\n`;
  const about = 'content-type: application/json\r\nidempotency-key: slow\r\ncontent-length: 100000';
  const body = `${about}\r\n\r\n{"a":"`;
  const answers = await Promise.all([trickle(head + body), trickle(`${head}x-slow: `)]);
  for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(await api.counts()).toEqual(before);
});

it('ten seconds are what a request has to come in, its head included', () => {
  const { requestTimeout, headersTimeout } = api.app.server;
  expect([requestTimeout, headersTimeout]).toEqual([10_000, 10_000]);
});
