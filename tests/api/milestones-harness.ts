import { beforeAll, expect } from 'vitest';
import type { Milestone } from '../../domain/milestones/policy.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import { milestonePolicy, testMilestone } from '../support/milestones.ts';
import { testActivities } from '../support/play.ts';
import { usd } from '../support/seed.ts';
import { useApi } from './harness.ts';

export const CREDIT = { kind: 'fixed', amount: usd(500n) } as const;
export const LADDER: Milestone = testMilestone({
  id: 'connector',
  name: 'Connector',
  thresholds: [
    { at: 2, benefit: { kind: 'badge', label: 'Connector' } },
    { at: 5, benefit: CREDIT },
  ],
  repeat: { every: 10 },
});

export const REVENUE: Milestone = testMilestone({
  id: 'rainmaker',
  name: 'Rainmaker',
  measure: 'revenue',
  thresholds: [{ at: usd(100_000n), benefit: { kind: 'perk', label: 'Early access' } }],
});

/** An API whose program has two milestones, and three members with 0, 3 and 16 friends. */
export function useMilestoneApi() {
  const api = useApi();
  const members: string[] = [];

  const publish = (milestones: readonly Milestone[], budget_minor = 1_000_000n) =>
    api.mutate('policies.publish', {
      policy: policyToJson(milestonePolicy(milestones, { budget: usd(budget_minor) })),
    });

  /** As a member's workflow does. */
  const award = (memberId: string) =>
    testActivities(api.database).awardMilestones({ programId: api.programId, memberId, now_ms: Date.now() });

  const qualify = (id: string, qualifiedReferrals: number) =>
    api.db.member.update({
      where: { programId_id: { programId: api.programId, id } },
      data: { qualifiedReferrals },
    });

  beforeAll(async () => {
    expect((await publish([LADDER, REVENUE])).status).toBe(200);
    for (const count of [0, 3, 16]) {
      const { id } = await api.member();
      members.push(id);
      await qualify(id, count);
    }
  });

  return { api, members, publish, award, qualify };
}
