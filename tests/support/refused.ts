import type { Policy } from '../../domain/policies/policy.ts';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { judgeRefused } from '../../engine/referrals/again.ts';
import { setBudget } from '../../ledger/post.ts';
import { useDatabase } from './database.ts';
import { at, type Play, playProgram, useActivities } from './play.ts';
import { testPolicy, usd } from './seed.ts';

export const fixed = (minor: bigint) => ({ kind: 'fixed', amount: usd(minor) }) as const;
/** A tenth of every purchase. */
export const share = { kind: 'percentage', rate_bp: 1_000, cap: null } as const;
export const everyPurchase = { on: 'nth_event', event: 'purchase', from: 1, to: null } as const;

/** Programs whose budget has no room, played on a database of which the ledger is proved at the end. */
export function useRefused() {
  const database = useDatabase({ isProved: true });
  const activities = useActivities(database);

  /** Ann has brought Bob, who has bought for 50.00, and what that earns has no room in the budget. */
  async function open(rules: Policy['rules'], changes: Partial<Policy> = {}) {
    const policy = testPolicy({ rules, budget: usd(1n), ...changes });
    const program = await playProgram(database, activities, policy);
    const ann = await program.member('ann');
    const refer = async (subject: string, day = 0) => {
      await program.signUp(subject, { code: ann.code }, { at: at(day) });
      return await program.act(subject, { value: usd(5_000n), at: at(day) });
    };
    const { key, outcome } = await refer('bob');
    const refusedNow = async () => {
      const refused = await database.db.refusedReward.findMany({
        where: { programId: program.id },
        orderBy: [{ occurredAt: 'asc' }, { createdAt: 'asc' }],
      });
      return await judgeRefused(database.db, createPolicies(), program.id, refused);
    };
    return {
      program,
      ann,
      key,
      outcome,
      refer,
      refusedNow,
      raise: (minor: bigint) => database.db.$transaction((tx) => setBudget(tx, program.id, 'USD', minor)),
      refund: (of: string, day: number, play: Play = {}) =>
        program.refund('bob', of, { at: at(day), ...play }),
      /** Of each refused reward, in the order of the actions: what it comes to now, or why to nothing. */
      codes: async () =>
        (await refusedNow()).map(({ judgement }) =>
          judgement.ok ? judgement.value.amount_minor : judgement.code,
        ),
    };
  }

  return { database, open };
}
