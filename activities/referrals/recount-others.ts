import { callWorkflows } from '../../engine/events/commands.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { countedSince, pointRecountOf } from '../../engine/points/recount.ts';
import { recountOf } from '../../engine/referrals/recount.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { LockedEvent } from './event.ts';
import { goesOnWithNth, moveNthOn } from './nth-times.ts';
import { closeEvent } from './refuse.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { takeReferralStep } from './step.ts';

/** How many referrals one command calls for; the next command goes on. */
export const RECOUNT_PAGE = 200;

/**
 * Has the referrals of a referrer asked again that did something since a time: a page of them, in the order
 * of their signups, each by a command to its own workflow, and where point rules look at the count by one to
 * its member's; and the rest by a command like this one. The first page begins what was called for, so that
 * what moves from now on calls for another round.
 */
export function recountOthers(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return takeReferralStep(deps, ref, { duringReview: 'goes on' }, async (tx, event) => {
    const { programId, referralId, eventId, now_ms } = ref;
    if (goesOnWithNth(event)) return await moveNthOn(tx, event);
    const page = await readPage(tx, event);
    const at = new Date(now_ms);
    const calls = page.rows.flatMap(({ id, memberId, asks, asksPoints }) => [
      ...(asks ? [recountOf({ programId, referralId: id, by: eventId, at })] : []),
      ...(asksPoints ? [pointRecountOf({ programId, memberId, by: eventId, now_ms })] : []),
    ]);
    const last = page.rows.at(-1);
    const next =
      page.rows.length < RECOUNT_PAGE || last === undefined || page.from === null
        ? []
        : [
            {
              programId,
              workflowId: referralWorkflow(referralId),
              type: 'referral.recounts.due' as const,
              key: `referral.recounts.due:${page.referrerId}:${eventId}`,
              payload: {
                referrerId: page.referrerId,
                from: page.from.toISOString(),
                after: last.signedUpAt.toISOString(),
                afterId: last.id,
              },
              at,
            },
          ];
    await callWorkflows(tx, [...calls, ...next]);
    const { stage } = event.referral;
    const trace = { referrals_asked: page.rows.length };
    const outcome = { decision: 'accepted', referralId, stage, trace } as const;
    return await closeEvent(tx, { ref, subject: null }, outcome);
  });
}

interface Page {
  readonly referrerId: string;
  readonly from: Date | null;
  readonly rows: readonly {
    readonly id: string;
    readonly memberId: string;
    readonly signedUpAt: Date;
    /** Rules of the referral look at the count, and point rules about what its member did. */
    readonly asks: boolean;
    readonly asksPoints: boolean;
  }[];
}

async function readPage(tx: Tx, { ref, payload }: LockedEvent): Promise<Page> {
  const { programId } = ref;
  const { referrerId: id, from: given, after, afterId } = payload;
  const referrerId = String(id);
  const from = given === undefined ? await begin(tx, programId, referrerId) : new Date(String(given));
  if (from === null) return { referrerId, from, rows: [] };
  const isAfter =
    after === undefined
      ? Prisma.sql`true`
      : Prisma.sql`r.signed_up_at >= ${new Date(String(after))}::timestamptz
          AND (r.signed_up_at, r.id) > (${new Date(String(after))}::timestamptz, ${String(afterId)}::uuid)`;
  const rows = await tx.$queryRaw<Page['rows']>`
    SELECT r.id::text, r.referred_id::text AS "memberId", r.signed_up_at AS "signedUpAt", f.*
    FROM referrals r CROSS JOIN LATERAL (
      SELECT EXISTS (
          SELECT FROM asked_counts a
          WHERE a.program_id = r.program_id AND a.referral_id = r.id
            AND a.at >= ${from}::timestamptz) AS asks,
        ${countedSince(Prisma.sql`${from}::timestamptz`)} AS "asksPoints") f
    WHERE r.program_id = ${programId}::uuid AND r.referrer_id = ${referrerId}::uuid
      AND r.signed_up_at IS NOT NULL AND ${isAfter} AND (f.asks OR f."asksPoints")
    ORDER BY r.signed_up_at, r.id LIMIT ${RECOUNT_PAGE}`;
  return { referrerId, from, rows };
}

/** From when on is to be asked again; null: all of that has been called for. */
async function begin(tx: Tx, programId: string, referrerId: string): Promise<Date | null> {
  const [row] = await tx.$queryRaw<{ from: Date | null }[]>`
    WITH old AS (
      SELECT id, recount_from FROM members
      WHERE program_id = ${programId}::uuid AND id = ${referrerId}::uuid FOR NO KEY UPDATE)
    UPDATE members m SET recount_from = NULL FROM old
    WHERE m.program_id = ${programId}::uuid AND m.id = old.id
    RETURNING old.recount_from AS "from"`;
  return row?.from ?? null;
}
