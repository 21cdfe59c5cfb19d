import { createServer } from 'node:http';

/**
 * Takes any POST with 204 and counts it. `GET /seen` answers how many came, between which times, in
 * milliseconds, and the body that came last; `GET /forget` begins anew.
 */
let count = 0;
let first_ms = 0;
let last_ms = 0;
let body = '';

createServer((request, response) => {
  if (request.method === 'GET') {
    if (request.url === '/forget') count = 0;
    response.end(JSON.stringify({ count, first_ms, last_ms, body }));
    return;
  }
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    body = Buffer.concat(parts).toString('utf8');
    last_ms = performance.now();
    if (count === 0) first_ms = last_ms;
    count += 1;
    response.writeHead(204).end();
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');
