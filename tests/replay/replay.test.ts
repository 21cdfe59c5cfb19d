import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type ReplayWorkerOptions, Worker } from '@temporalio/worker';
import { beforeAll, expect, inject, test } from 'vitest';
import { isRedemptionEnd, REDEMPTION_STATUSES } from '../../domain/redemptions/redemption.ts';
import { isEnd, REFERRAL_STAGES } from '../../domain/referrals/referral.ts';
import { isSurveyEnd, SURVEY_STATUSES } from '../../domain/surveys/survey.ts';
import * as workflows from '../../workflows/index.ts';
import '../support/engine.ts';
import { payloadsOf } from '../support/payloads.ts';
import { PATHS } from './paths.ts';
import { CONTINUED_NAMES, EARLIER, HISTORIES, readHistory, recordHistories } from './record.ts';

// RECORD_HISTORIES=<name>, or all, records anew, after a change that running workflows need not survive.
beforeAll(async () => {
  const wanted = process.env['RECORD_HISTORIES'];
  if (wanted !== undefined) await recordHistories(wanted);
}, 300_000);

const files = () => readdirSync(HISTORIES).filter((file) => file.endsWith('.json'));
const read = (file: string) => readFileSync(path.join(HISTORIES, file), 'utf8');

/** Replays the named histories against a bundle; gives each one's error, or null. */
async function replay(
  workflowBundle: NonNullable<ReplayWorkerOptions['workflowBundle']>,
  names: readonly string[],
): Promise<Record<string, string | null>> {
  const histories = names.map((file) => ({
    workflowId: path.basename(file, '.json'),
    history: readHistory(file),
  }));
  const results: Record<string, string | null> = {};
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories))
    results[workflowId] = error?.message ?? null;
  return results;
}

test('every stored history replays on the workflows of this source', async () => {
  const results = await replay({ codePath: inject('workflowBundle') }, files());
  expect(results).toEqual(Object.fromEntries(files().map((file) => [path.basename(file, '.json'), null])));
});

test('every path has a history, with every end of a referral, a redemption and a survey', () => {
  const wanted = [...Object.keys(PATHS), ...EARLIER, ...CONTINUED_NAMES];
  expect(files().sort()).toEqual(wanted.map((name) => `${name}.json`).sort());
  const all = files()
    .map((file) => payloadsOf(read(file)).split('\n').at(-1) ?? '')
    .join('\n');
  for (const stage of REFERRAL_STAGES.filter(isEnd)) expect(all).toContain(`"stage":"${stage}"`);
  const ends = [...REDEMPTION_STATUSES.filter(isRedemptionEnd), ...SURVEY_STATUSES.filter(isSurveyEnd)];
  for (const status of ends) expect(all).toContain(`"status":"${status}"`);
});

/** The type of workflow that a stored history is of. */
const typeOf = (file: string) =>
  readHistory(file).events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';

test('every type of workflow that can be started has a history', () => {
  expect([...new Set(files().map(typeOf))].sort()).toEqual(Object.keys(workflows).sort());
});

test('a workflow of whatever type that does things in another order fails to replay', async () => {
  const workflowsPath = fileURLToPath(new URL('./variant.ts', import.meta.url));
  const bundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const results = await replay(bundle, files());
  expect(Object.keys(results)).toHaveLength(files().length);
  for (const [name, error] of Object.entries(results)) {
    expect(error, name).toMatch(/nondeterminism|TMPRL1100/i);
  }
});

test('histories hold ids, types and times only: no address, no name of the host’s, no machine', () => {
  for (const file of files()) {
    // The SDK's name is the one thing in it with an @.
    const history = read(file).replaceAll('@temporalio/worker@', '');
    expect(history.length, file).toBeLessThan(100_000);
    expect(`${history}\n${payloadsOf(history)}`, file).not.toMatch(/@|mailinator|\b(ann|bob|cat)\b/);
  }
});
