import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { findSchemathesis } from '../../local/schemathesis.mjs';
import { temporaryFolder } from '../../local/temporary.ts';
import { projectRoot } from '../../prisma/root.ts';
import type { TestApi } from '../api/harness.ts';
import { documentOf } from './document.ts';
import type { World } from './part.ts';
import type { Served } from './served.ts';

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
  'ignored_auth',
  'missing_required_header',
];

/** What came of a run of a Python program: its output, where it failed. */
export interface Ran {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs a program among the installed packages of Python. */
export async function runPython(
  args: readonly string[],
  timeout_ms: number,
  cwd = projectRoot(),
): Promise<Ran> {
  const env = { ...process.env, PYTHONPATH: findSchemathesis() ?? '', PYTHONDONTWRITEBYTECODE: '1' };
  const options = { env, cwd, timeout: timeout_ms, maxBuffer: OUTPUT_BYTES_MAX };
  try {
    const { stdout, stderr } = await promisify(execFile)('python3', args, options);
    return { ok: true, output: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { ok: false, output: stdout + stderr };
  }
}

/** Lets schemathesis try the operations of a served world, as `args` say; the same requests each time. */
export async function tryOperations(
  { api, world }: Served,
  args: readonly string[],
  timeout_ms: number,
): Promise<Ran> {
  const folder = temporaryFolder('referral-schemathesis-');
  try {
    const [document, settings] = [path.join(folder, 'openapi.json'), path.join(folder, 'schemathesis.toml')];
    writeFileSync(document, JSON.stringify(documentOf(world)));
    writeFileSync(settings, settingsOf(api, world));
    const command = [
      ...['-m', 'schemathesis.cli', '--config-file', settings, 'run', document, '--url', `${api.url}/api/v1`],
      ...[
        '--checks',
        CHECKS.join(','),
        '--workers',
        '2',
        '--continue-on-failure',
        '--no-color',
        '--request-timeout',
        '60',
      ],
      '--generation-deterministic',
      ...args,
    ];
    return await runPython(command, timeout_ms, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Who asks and in which program; waits would be most of the run's time. */
function settingsOf(api: TestApi, { memberToken, programs }: World): string {
  const text = (value: string) => JSON.stringify(value);
  const own = Object.entries(programs).flatMap(([operation, programId]) => [
    '[[operations]]',
    `include-operation-id = ${text(operation)}`,
    `parameters = { "header.X-Program-Id" = ${text(programId)} }`,
  ]);
  return [
    `hooks = ${text(path.join(import.meta.dirname, 'hooks.py'))}`,
    '[auth.openapi]',
    `apiKey = { bearer = ${text(api.platformKey)} }`,
    `memberToken = { bearer = ${text(memberToken)} }`,
    '[parameters]',
    `"header.X-Program-Id" = ${text(api.programId)}`,
    '"header.Prefer" = "wait=0"',
    // Ids of earlier answers would be of what another operation has removed since.
    '[phases.examples.extra-data-sources]',
    'responses = false',
    '[phases.coverage.extra-data-sources]',
    'responses = false',
    ...own,
    // It holds the method of `/billing/stripe` for one of `/billing/{provider}`.
    '[[operations]]',
    'include-operation-id = "removeBillingSource"',
    'checks = { unsupported_method = { enabled = false } }',
  ].join('\n');
}
