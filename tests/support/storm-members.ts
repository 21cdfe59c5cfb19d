import { setTimeout as sleep } from 'node:timers/promises';
import { NOTICE_KINDS } from '../../domain/notices/kinds.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { testMilestone } from './milestones.ts';
import { testNotices } from './notices.ts';
import { testPoints } from './points.ts';
import type { Referrer, StormProgram } from './storm-program.ts';
import { fixedAtOnce } from './storm-program.ts';
import { letLeasesLapse } from './storm-settle.ts';
import type { Storm } from './storm-stack.ts';
import { NPS_SURVEY } from './surveys.ts';

export const FRIENDS = 6;
export const CONTRIBUTIONS = 4;

/**
 * 10.00 a friend, 5.00 for the second, points with levels, an achievement and a badge, a question after
 * the first reward, and every notice.
 */
export function membersPolicy(): Policy {
  const badge = { kind: 'badge', label: 'Contributor' } as const;
  const thanks = { kind: 'perk', label: 'Thanks' } as const;
  return fixedAtOnce(1_000n, {
    points: testPoints({
      achievements: [
        {
          id: 'third',
          name: 'Third time',
          test: { kind: 'nth', event: 'contribution', count: 3 },
          benefit: thanks,
          repeatable: false,
        },
      ],
    }),
    milestones: [
      testMilestone(),
      testMilestone({
        id: 'giver',
        name: 'A giver',
        recipient: 'member',
        measure: 'points',
        thresholds: [{ at: { minor: 30n, unit: 'PTS' }, benefit: badge }],
      }),
    ],
    surveys: [{ ...NPS_SURVEY, moment: { on: 'first_reward' } }],
    notices: testNotices(),
  });
}

/** The same with a milestone that everybody who brought a friend had reached before it was published. */
export function laterPolicy(): Policy {
  const policy = membersPolicy();
  const first = testMilestone({
    id: 'first',
    name: 'A first friend',
    thresholds: [{ at: 1, benefit: { kind: 'perk', label: 'Early access' } }],
  });
  return { ...policy, milestones: [...(policy.milestones ?? []), first] };
}

/** One referrer's friends and contributions, each sent twice at once. The first purchase is refunded. */
export async function bringAndGive(program: StormProgram, { externalId, code }: Referrer, turn: number) {
  const friend = `${externalId}-${turn}`;
  await twice(() => program.signup(friend, code));
  await twice(() => program.purchase(friend));
  if (turn < CONTRIBUTIONS) {
    const key = `give ${friend}`;
    await twice(() => program.event({ type: 'contribution', key, subject: externalId }));
  }
  if (turn === 0) {
    const refund = { type: 'refund', key: `refund ${friend}`, subject: friend } as const;
    await twice(() => program.event({ ...refund, refundOf: `purchase ${friend}` }));
  }
}

/** Does a thing a second time before the first is done. */
export const twice = <T>(work: () => Promise<T>): Promise<readonly T[]> => Promise.all([work(), work()]);

/** Waits until nothing of a program is under way: no event, redemption, e-mail, or message for a notice. */
export async function untilStill(storm: Storm, programId: string, patience_ms: number): Promise<void> {
  const until_ms = Date.now() + patience_ms;
  for (let lapse_ms = Date.now() + 2_000; ; ) {
    const open = await openWork(storm, programId);
    if (Object.values(open).every((count) => count === 0)) return;
    if (Date.now() > until_ms) throw new Error(`still under way: ${JSON.stringify(open)}`);
    if (Date.now() > lapse_ms) {
      await letLeasesLapse(storm);
      // What a killed worker was sending: one that is alive takes no such time.
      await storm.owner.query(
        `UPDATE notice_emails SET due_at = now() WHERE (program_id, notice_id) IN (
           SELECT program_id, notice_id FROM notice_emails
           WHERE state = 'sending' AND claimed_at < now() - interval '8 seconds' FOR UPDATE SKIP LOCKED)`,
      );
      lapse_ms = Date.now() + 2_000;
    }
    await sleep(200);
  }
}

async function openWork({ owner }: Storm, programId: string): Promise<Record<string, number>> {
  const { rows } = await owner.query<Record<string, number>>(
    `SELECT (SELECT count(*) FROM events
             WHERE program_id = $1 AND state IN ('pending', 'waiting', 'delivered'))::int AS events,
            (SELECT count(*) FROM redemptions
             WHERE program_id = $1
               AND status NOT IN ('settled', 'refused', 'released', 'needs_operator'))::int AS redemptions,
            (SELECT count(*) FROM notice_emails
             WHERE program_id = $1 AND state IN ('pending', 'sending'))::int AS emails,
            (SELECT count(*) FROM surveys WHERE program_id = $1 AND status = 'scheduled')::int AS surveys`,
    [programId],
  );
  return rows[0] ?? {};
}

/** Rows of one query, with `$1` the program. */
export async function rowsOf<T extends object>(
  { owner }: Storm,
  programId: string,
  sql: string,
): Promise<T[]> {
  return (await owner.query<T & Record<string, unknown>>(sql, [programId])).rows;
}

/** Keys of messages without their notice: by the message's member, and by the member's workflow. */
export async function mistoldNotices(storm: Storm, programId: string): Promise<string[]> {
  const kinds = NOTICE_KINDS.map((kind) => `'${kind}'`).join();
  const rows = await rowsOf<{ key: string }>(
    storm,
    programId,
    `SELECT o.key FROM outbox o
     WHERE o.program_id = $1 AND o.type IN (${kinds}) AND o.payload ? 'memberId'
       AND (SELECT count(*) FROM notices n
            WHERE n.program_id = $1 AND n.key = o.key || ':' || (o.payload->>'memberId')) <> 1
     UNION
     SELECT e.payload->>'message' FROM events e
     WHERE e.program_id = $1 AND e.type = 'member.told' AND e.outcome->'trace'->>'notice' IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM notices n
                       WHERE n.program_id = $1 AND n.id = (e.outcome->'trace'->>'notice')::uuid)`,
  );
  return rows.map(({ key }) => key);
}

/** Members whose score on a board of all time is not what the record says. */
export async function strayScores(
  storm: Storm,
  programId: string,
  boards: { readonly referrals: string; readonly points: string },
): Promise<string[]> {
  const score = (board: string) => `coalesce((
    SELECT s.score FROM board_scores s
    JOIN board_windows w ON w.program_id = s.program_id AND w.id = s.window_id
    WHERE w.program_id = $1 AND w.board_id = '${board}' AND s.member_id = m.id), 0)`;
  const rows = await rowsOf<{ id: string }>(
    storm,
    programId,
    `SELECT m.id::text FROM members m WHERE m.program_id = $1 AND (
       (SELECT count(*) FROM referrals r
        WHERE r.program_id = $1 AND r.referrer_id = m.id
          AND r.qualified_at IS NOT NULL AND r.stage NOT IN ('reversed', 'signed_up'))::bigint,
       coalesce((SELECT sum(p.amount_minor) FROM point_postings p
                 WHERE p.program_id = $1 AND p.member_id = m.id), 0)::bigint
     ) IS DISTINCT FROM (${score(boards.referrals)}, ${score(boards.points)})`,
  );
  return rows.map(({ id }) => id);
}
