// stripe-mock, Stripe's own stand-in for its API, which the tests of transfers run against. It is a Go
// program: where Go is, it is installed as any Go program is; where it is not, those tests are left out, and
// say so.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const PACKAGE = 'github.com/stripe/stripe-mock@v0.203.0';
const INSTALL_TIMEOUT_MS = 300_000;
const PROGRAM = process.platform === 'win32' ? 'stripe-mock.exe' : 'stripe-mock';

function go(args, timeout) {
  const { status, stdout } = spawnSync('go', args, {
    encoding: 'utf8',
    timeout,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.trim() : null;
}

/** The program that STRIPE_MOCK_PATH names, one on the PATH, or the one that Go installed; null: none. */
export function findStripeMock() {
  const onPath = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, PROGRAM));
  const named = process.env.STRIPE_MOCK_PATH ? [process.env.STRIPE_MOCK_PATH] : onPath;
  const found = named.find((file) => existsSync(file));
  if (found !== undefined || process.env.STRIPE_MOCK_PATH) return found ?? null;
  const gopath = go(['env', 'GOPATH'], 10_000);
  const installed = gopath ? path.join(gopath, 'bin', PROGRAM) : null;
  return installed !== null && existsSync(installed) ? installed : null;
}

/** Installs it where it is missing and Go is present. A failure is silent here, as the tests report it. */
export function ensureStripeMock() {
  if (findStripeMock() === null) go(['install', PACKAGE], INSTALL_TIMEOUT_MS);
}
