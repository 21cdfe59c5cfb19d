// Chromium, which the tests of what runs in a page drive. Where it is missing and apt may install it, it is
// installed, with openssl, which makes a certificate for their sites; where it stays missing, those tests are
// left out, and say so.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
const INSTALL_TIMEOUT_MS = 180_000;
const run = promisify(execFile);

/** The program that CHROMIUM_PATH names, or one on the PATH; null: none. */
export function findChromium() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const onPath = PROGRAMS.flatMap((program) => folders.map((folder) => path.join(folder, program)));
  const named = process.env.CHROMIUM_PATH ? [process.env.CHROMIUM_PATH] : onPath;
  return named.find((file) => existsSync(file)) ?? null;
}

/**
 * Installs it where it is missing and this is root on Debian, beside whatever else is made ready. A failure
 * is silent, as tests report it.
 */
export async function ensureChromium() {
  if (findChromium() !== null || process.env.CHROMIUM_PATH || process.getuid?.() !== 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => run('apt-get', args, { timeout: INSTALL_TIMEOUT_MS, env });
  try {
    await apt('update');
    await apt('install', '--yes', '--no-install-recommends', 'chromium', 'openssl');
  } catch {
    // Its tests are left out, and say so.
  }
}
