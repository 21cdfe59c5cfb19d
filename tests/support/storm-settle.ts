import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { faultsOf } from './storm-check.ts';
import type { Referrer, StormProgram } from './storm-program.ts';
import type { Storm } from './storm-stack.ts';

const SETTLE_MS = 50_000;
const LAPSE_EVERY_MS = 2_000;

/**
 * Plays the clock: what a killed worker had leased, or a back-off had put off for up to a minute, is due
 * now, and so is what a keeper had. Other delivered events stay: their workflows must come to them by
 * themselves.
 */
export async function letLeasesLapse({ owner }: Storm): Promise<void> {
  await owner.query(
    // What the pump holds is about to move by itself; waiting for it could be a deadlock.
    `UPDATE events SET due_at = now() WHERE (program_id, id) IN (
       SELECT program_id, id FROM events
       WHERE due_at > now() + interval '1 second' AND attempts > 0 AND (state = 'pending'
         OR state = 'delivered' AND (workflow_id LIKE 'member-%'
           OR workflow_id LIKE 'referral-%' AND type NOT LIKE '%.%'))
       FOR UPDATE SKIP LOCKED)`,
  );
}

/** Waits until nothing is under way in a program, then expects that nothing was lost or happened twice. */
export async function expectCalm(
  storm: Storm,
  program: StormProgram,
  referrers: readonly Referrer[],
): Promise<void> {
  const until_ms = Date.now() + SETTLE_MS;
  let lapse_ms = Date.now() + LAPSE_EVERY_MS;
  for (;;) {
    const { rows } = await storm.owner.query<{ open: number }>(
      `SELECT (SELECT count(*) FROM events
               WHERE program_id = $1 AND state IN ('pending', 'waiting', 'delivered'))::int
            + (SELECT count(*) FROM redemptions
               WHERE program_id = $1 AND status NOT IN ('settled', 'refused', 'released'))::int AS open`,
      [program.id],
    );
    if (rows[0]?.open === 0 || Date.now() > until_ms) break;
    if (Date.now() > lapse_ms) {
      await letLeasesLapse(storm);
      lapse_ms = Date.now() + LAPSE_EVERY_MS;
    }
    await sleep(100);
  }
  expect(await faultsOf(storm, program, referrers)).toEqual([]);
}
