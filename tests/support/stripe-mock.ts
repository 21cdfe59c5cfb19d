import { type ChildProcess, spawn } from 'node:child_process';
import { findStripeMock } from '../../local/stripe-mock.mjs';
import { useResource } from './resource.ts';

interface StripeMock {
  /** For `STRIPE_API_BASE`. */
  readonly base: string;
  stop(): void;
}

/** Why tests against it are left out on this machine. */
export const NO_STRIPE_MOCK = 'no stripe-mock here: install Go, or set STRIPE_MOCK_PATH';

/** It serves https too, on a port that nobody asks for. */
const ARGUMENTS = ['-http-addr', '127.0.0.1:0', '-https-addr', '127.0.0.1:0'];
const START_TIMEOUT_MS = 20_000;

/** Starts stripe-mock on a port of its own; null where there is none. */
async function startStripeMock(): Promise<StripeMock | null> {
  const program = findStripeMock();
  if (program === null) return null;
  const child = spawn(program, ARGUMENTS, { stdio: ['ignore', 'pipe', 'pipe'] });
  const base = await listening(child);
  return { base, stop: () => void child.kill() };
}

/** The one that all tests of a file share; `base` is null where there is none. */
export const useStripeMock = (): { readonly base: string | null } =>
  useResource<{ readonly base: string | null; stop?(): void }>({
    make: async () => (await startStripeMock()) ?? { base: null },
    end: (mock) => mock.stop?.(),
  });

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('stripe-mock did not start')), START_TIMEOUT_MS);
    let said = '';
    const hear = (text: Buffer) => {
      said += text.toString('utf8');
      const address = /HTTP at address: (127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(`http://${address}`);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('error', reject);
  });
}
