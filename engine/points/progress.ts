import { isSole, reachOf } from '../../domain/points/achievements.ts';
import type { AchievementRule } from '../../domain/points/policy.ts';
import { type AchievementProgress, achievementProgress } from '../../domain/points/progress.ts';
import type { Database } from '../../prisma/client.ts';
import { actionsBetween, countOf, standingAwards, takenAmong } from './facts.ts';

/** How far a member is towards an achievement, and what they have of it. */
export interface MemberProgress extends AchievementProgress {
  readonly awards: number;
  readonly last_ms: number | null;
  /** Somebody has what only one member can have. */
  readonly taken: boolean;
}

/** Reads one achievement's progress as of a moment. `zone` is the member's, or the program's. */
export async function readProgress(
  db: Database,
  member: { readonly programId: string; readonly memberId: string; readonly zone: string },
  rule: AchievementRule,
  now_ms: number,
): Promise<MemberProgress> {
  const { programId, memberId, zone } = member;
  const { id, test } = rule;
  const reach_ms = reachOf(test);
  const who = { programId, memberId, type: test.event };
  const [awards, actions, count, taken] = await Promise.all([
    standingAwards(db, programId, memberId, id),
    reach_ms === 0 ? [] : actionsBetween(db, who, now_ms - reach_ms, now_ms),
    test.kind === 'nth' ? countOf(db, who) : 0,
    takenAmong(db, programId, isSole(test) ? [id] : []),
  ]);
  return {
    ...achievementProgress(rule, { at_ms: now_ms, zone, actions, count, awards }),
    awards: awards.length,
    last_ms: awards.at(-1)?.reached_ms ?? null,
    taken: taken.has(id),
  };
}
