import { type MilestonesInForce, milestonesInForce } from '../../engine/milestones/in-force.ts';
import { FIRST, scanMilestones } from '../../engine/milestones/scan.ts';
import { latestVersion } from '../../engine/policies/latest.ts';
import { programStatusSql } from '../../engine/programs/status.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { isPassing } from '../errors.ts';
import type { MemberRef } from '../member-step.ts';
import { awardMember } from './award.ts';

/** How far a sweep has come: it goes on with the members of the program after this one. */
export interface SweepCursor {
  readonly programId: string;
  readonly memberId: string;
}

/** What a page of a sweep did. */
export interface SweptPage {
  readonly scanned: number;
  readonly awarded: number;
  /** Reached, and without room in the budget. */
  readonly waiting: number;
  readonly reversed: number;
  readonly failed: number;
  /** Where the next page begins; null at the end of all programs. */
  readonly next: SweepCursor | null;
}

/** Members of one page: a few statements read them. */
const PAGE = 500;

/**
 * Scans the next members, from the first program on when `after` is null, and awards every milestone that was
 * reached and not awarded. Uses the same steps as a member's own workflow. A repeated page finds its work
 * done. A failure with one member is logged, and the next sweep tries that member again.
 */
export async function sweepMilestones(
  deps: ActivityDeps,
  { after, now_ms }: { readonly after: SweepCursor | null; readonly now_ms: number },
): Promise<SweptPage> {
  const page = { scanned: 0, awarded: 0, waiting: 0, reversed: 0, failed: 0 };
  const at = after ?? (await nextProgram(deps, FIRST, now_ms));
  if (at === null) return { ...page, next: null };
  const { programId } = at;
  const inForce = await milestonesInForce(deps.db, deps.policies, { programId, now_ms });
  if (inForce === null) return { ...page, next: await nextProgram(deps, programId, now_ms) };
  const where = { programId, after: at.memberId, limit: PAGE };
  const { due, scanned, next } = await scanMilestones(deps.db, inForce.milestones, where);
  page.scanned = scanned;
  for (const { memberId } of due) {
    const counts = await sweepMember(deps, { programId, memberId, now_ms }, inForce);
    page.awarded += counts.awarded;
    page.waiting += counts.waiting;
    page.reversed += counts.reversed;
    page.failed += counts.failed;
  }
  return {
    ...page,
    next: next === null ? await nextProgram(deps, programId, now_ms) : { programId, memberId: next },
  };
}

async function sweepMember(deps: ActivityDeps, ref: MemberRef, inForce: MilestonesInForce) {
  const counts = { awarded: 0, waiting: 0, reversed: 0, failed: 0 };
  try {
    for (;;) {
      const { awarded, waiting, reversed, left } = await awardMember(deps, ref, inForce);
      counts.awarded += awarded;
      counts.waiting = waiting;
      counts.reversed += reversed;
      if (!left || awarded + reversed === 0) return counts;
    }
  } catch (error) {
    if (isPassing(error)) throw error;
    const { programId, memberId } = ref;
    deps.log.error({ err: error, programId, memberId }, 'milestones of a member could not be awarded');
    return { ...counts, failed: 1 };
  }
}

/** The next program after this one that has milestones, or awards that wait. */
async function nextProgram({ db }: ActivityDeps, after: string, now_ms: number): Promise<SweepCursor | null> {
  const [row] = await db.$queryRaw<{ id: string }[]>`
    SELECT p.id::text FROM programs p
    WHERE p.id > ${after}::uuid AND ${programStatusSql(now_ms)} IN ('live', 'ended') AND (
      (SELECT jsonb_array_length(v.body->'milestones') FROM policy_versions v
       WHERE v.program_id = p.id AND v.version = ${latestVersion(Prisma.sql`p.id`)}) > 0
      OR EXISTS (SELECT 1 FROM milestone_awards WHERE program_id = p.id AND status = 'waiting'))
    ORDER BY p.id LIMIT 1`;
  return row === undefined ? null : { programId: row.id, memberId: FIRST };
}
