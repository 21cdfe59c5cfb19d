import type { Activities } from '../../activities/create.ts';
import type { Milestone } from '../../domain/milestones/policy.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { TestDatabase } from './database.ts';
import { at, type ProgramPlay, playProgram } from './play.ts';
import { testPolicy, testRule, usd } from './seed.ts';

/** 500 cents for two qualified referrals, with what a test wants otherwise. */
export function testMilestone(changes: Partial<Milestone> = {}): Milestone {
  return {
    id: 'pair',
    name: 'A pair of friends',
    recipient: 'referrer',
    measure: 'qualified_referrals',
    thresholds: [{ at: 2, benefit: { kind: 'fixed', amount: usd(500n) } }],
    repeat: 'once',
    hold_days: 0,
    expires_days: null,
    reversible: false,
    ...changes,
  } as Milestone;
}

/** A policy whose only rule gives the referrer a perk, so that balances are what milestones earn. */
export const milestonePolicy = (milestones: readonly Milestone[], changes: Partial<Policy> = {}): Policy =>
  testPolicy({
    rules: [testRule({ benefit: { kind: 'perk', label: 'Thanks' } })],
    milestones,
    ...changes,
  });

/** A program of milestones in which Ann brings friends. */
export async function playMilestones(database: TestDatabase, activities: Activities, policy: Policy) {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  const ref = { programId: program.id, memberId: ann.id };
  let friends = 0;
  return {
    program,
    ann,
    ref,
    /** So many more of Ann's referrals qualify. */
    async bring(count: number, minor = 1_000n): Promise<void> {
      for (let done = 0; done < count; done += 1) {
        friends += 1;
        await bringFriend(program, ann.code, `friend-${friends}`, minor);
      }
    },
    awards: () =>
      program.db.milestoneAward.findMany({ where: ref, orderBy: [{ at: 'asc' }, { nth: 'asc' }] }),
  };
}

/** A friend signs up through the member's link and buys under the key `order-<friend>`. */
export async function bringFriend(program: ProgramPlay, code: string, friend: string, minor = 1_000n) {
  await program.signUp(friend, { code }, { at: at(0) });
  return await program.act(friend, { at: at(0), value: usd(minor), key: `order-${friend}` });
}
