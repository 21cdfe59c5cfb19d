import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { temporaryFolder } from '../../local/temporary.ts';

/** A request that reached one of the sites. */
export interface Visit {
  readonly host: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
  readonly cookie: string;
  /** The header `Sec-Fetch-Site`. */
  readonly fetchSite: string;
}

type Answerer = (visit: Visit, res: ServerResponse) => void;

/** Web sites on any number of host names, over https, in this process. */
export interface Sites {
  /** `host:port`, for a browser's own table of hosts. */
  readonly address: string;
  readonly visits: Visit[];
  close(): void;
}

/**
 * Serves every host name with `answer`, but for the `linkHost`, which is a proxy in front of the API at
 * `apiUrl()`.
 */
export async function startSites(linkHost: string, apiUrl: () => string, answer: Answerer): Promise<Sites> {
  const visits: Visit[] = [];
  const server = createServer(certificate(), (req, res) => {
    const host = req.headers.host ?? '';
    if (host === linkHost) return pass(req, res, apiUrl());
    let body = '';
    req.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    req.on('end', () => {
      const { method = '', url = '' } = req;
      const { cookie = '', 'sec-fetch-site': site } = req.headers;
      const visit = { host, method, url, body, cookie, fetchSite: String(site ?? '') };
      visits.push(visit);
      answer(visit, res);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    visits,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Hands a request on with its own host name, as the guide's proxy does. */
function pass(req: IncomingMessage, res: ServerResponse, apiUrl: string): void {
  const on = request(apiUrl + req.url, { method: req.method, headers: req.headers }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(res);
  });
  on.on('error', () => res.writeHead(502).end());
  req.pipe(on);
}

/** A certificate that nobody vouches for, for this run alone. */
function certificate(): { readonly key: Buffer; readonly cert: Buffer } {
  const folder = temporaryFolder('referral-sites-');
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const { status, stderr } = spawnSync(
    'openssl',
    ['req', '-x509', ...options, '-subj', '/CN=sites.test', '-keyout', key, '-out', cert],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
  return { key: readFileSync(key), cert: readFileSync(cert) };
}
