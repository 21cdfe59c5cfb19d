import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import path from 'node:path';

/** What TLS begins with. HTTP begins with a letter. */
const TLS_HANDSHAKE = 22;

/**
 * The API as the Internet would see it: `https://localhost:<port>`, by a certificate of `folder/ca.pem`. The
 * same port takes plain http, since some resolvers of `did:web` ask localhost that way.
 */
export async function startFront(port: number, folder: string, apiUrl: () => string) {
  const tls = createTlsServer(certificate(folder), (req, res) => pass(req, res, apiUrl()));
  const plain = createServer((req, res) => pass(req, res, apiUrl()));
  const front = createTcpServer((socket) => {
    socket.once('error', () => socket.destroy());
    socket.once('readable', () => {
      const first: Buffer | null = socket.read(1);
      if (first === null) return void socket.destroy();
      socket.unshift(first);
      (first[0] === TLS_HANDSHAKE ? tls : plain).emit('connection', socket);
    });
  });
  await new Promise<void>((resolve) => front.listen(port, 'localhost', resolve));
  return { close: () => front.close(), authority: path.join(folder, 'ca.pem') };
}

function pass(req: IncomingMessage, res: ServerResponse, apiUrl: string): void {
  const on = request(apiUrl + req.url, { method: req.method, headers: req.headers }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(res);
  });
  on.on('error', () => res.writeHead(502).end());
  req.pipe(on);
}

/** A certificate for localhost by an authority of its own, as strict libraries want it: both for a day. */
function certificate(folder: string): { readonly key: Buffer; readonly cert: Buffer } {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const extend = (text: string) => ['-addext', text];
  openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=test authority', '-out', 'ca.pem'],
    ...['-keyout', 'ca-key.pem', ...extend('keyUsage=critical,keyCertSign,cRLSign')],
  );
  openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=localhost', '-out', 'cert.pem'],
    ...['-keyout', 'key.pem', '-CA', 'ca.pem', '-CAkey', 'ca-key.pem'],
    ...extend('basicConstraints=critical,CA:FALSE'),
    ...extend('subjectAltName=DNS:localhost'),
    ...extend('keyUsage=critical,digitalSignature'),
    ...extend('extendedKeyUsage=serverAuth'),
  );
  return {
    key: readFileSync(path.join(folder, 'key.pem')),
    cert: readFileSync(path.join(folder, 'cert.pem')),
  };
}
