import type { Policy } from '../../domain/policies/policy.ts';
import { balancesOf } from '../../ledger/balances.ts';
import { useDatabase } from './database.ts';
import { useEngine } from './engine.ts';
import { handOver, store } from './hand-over.ts';
import { DAY_MS } from './play.ts';
import { type EventSeed, fixedPolicy, referralIdOf, seedMember, seedProgram } from './seed.ts';

/** An engine in skipped time, and programs whose referrals its tests lead through their lives. */
export function useReferralWorkflows(maxCachedWorkflows: number) {
  const database = useDatabase({ isProved: true });
  const engine = useEngine({ database, server: 'skipping', pump: false, maxCachedWorkflows });

  /** A program, its member Ann, and what a test does with Bob, whom she refers. */
  async function open(policy: Policy = fixedPolicy(500n, 30, { refund_days: 45 })) {
    const { db } = database;
    const programId = await seedProgram(db, policy);
    const ann = await seedMember(db, programId, 'ann');
    const start_ms = await engine.env.currentTimeMs();
    const day = (days: number) => new Date(start_ms + days * DAY_MS);
    const referralId = referralIdOf(programId, 'bob');
    const workflowId = `referral-${referralId}`;
    const keep = (event: EventSeed) =>
      store(db, programId, { ...(event.type.includes('.') ? {} : { subject: 'bob' }), at: day(0), ...event });
    const give = (...events: Awaited<ReturnType<typeof keep>>[]) =>
      handOver(
        engine,
        programId,
        workflowId,
        events.map(({ eventId, type }) => ({ eventId, type })),
      );
    return {
      db,
      programId,
      ann,
      day,
      keep,
      give,
      signUp: (payload: object = {}, at = day(0)) =>
        keep({ type: 'signup', payload: { code: ann.code, ...payload }, at }),
      passed: async () => ((await engine.env.currentTimeMs()) - start_ms) / DAY_MS,
      balance: async () => (await balancesOf(db, programId, ann.id))[0],
    };
  }

  return { engine, open };
}

export type ReferralWorkflows = ReturnType<typeof useReferralWorkflows>;
