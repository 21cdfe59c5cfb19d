import type { Milestone } from '../../domain/milestones/policy.ts';
import { useDatabase } from './database.ts';
import { milestonePolicy, playMilestones } from './milestones.ts';
import { at, useActivities } from './play.ts';
import { usd } from './seed.ts';

export const now_ms = at(1).getTime();

/** A database, and programs of milestones in which Ann brings friends and is awarded. */
export function useMilestoneAwards() {
  const database = useDatabase({ poolMax: 20, isProved: true });
  const activities = useActivities(database);

  async function open(milestones: readonly Milestone[], budget_minor: bigint | null = null) {
    const budget = budget_minor === null ? null : usd(budget_minor);
    const play = await playMilestones(database, activities, milestonePolicy(milestones, { budget }));
    return { ...play, award: (now = now_ms) => activities.awardMilestones({ ...play.ref, now_ms: now }) };
  }

  const available = async ({ program, ann }: Awaited<ReturnType<typeof open>>) =>
    (await program.balance(ann.id)).available_minor;

  return { database, activities, open, available };
}
