import type { Activities } from '../../activities/create.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { TestDatabase } from './database.ts';
import { at, playProgram } from './play.ts';
import { seedEvent } from './seed.ts';

export const NOTHING = { pending_minor: 0n, available_minor: 0n, reserved_minor: 0n, owed_minor: 0n };

/** A program with Ann and her other account, Anna. */
export async function playMerges(database: TestDatabase, activities: Activities, policy: Policy) {
  const program = await playProgram(database, activities, policy);
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  const anna = { ...(await program.member('anna')), externalId: 'anna' };
  const { id: programId, db } = program;
  const wordOf = async (memberId: string, intoMemberId: string, day: number) => {
    const payload = { actor: 'key:1', note: 'One person.', intoMemberId };
    const { id } = await seedEvent(db, programId, { type: 'member.merged', payload, at: at(day) });
    return { programId, memberId, eventIds: [id], now_ms: at(day).getTime() };
  };
  return {
    program,
    programId,
    db,
    ann,
    anna,
    /** Stores an operator's word that one account is another's, as of a day. */
    wordOf,
    /** The same, carried out. */
    async merge(memberId: string, intoMemberId: string, day = 40) {
      const ref = await wordOf(memberId, intoMemberId, day);
      await activities.decideMember(ref);
      const id = ref.eventIds[0] ?? '';
      const event = await db.event.findUniqueOrThrow({ where: { programId_id: { programId, id } } });
      return { ...ref, outcome: event.outcome as { decision: string; code?: string } };
    },
    memberOf: (id: string) => db.member.findUniqueOrThrow({ where: { programId_id: { programId, id } } }),
    /** Decides every cancellation that waits for a referral's workflow. Returns how many. */
    async carryOut() {
      const types = { in: ['referral.cancelled', 'review.rejected'] };
      const waiting = await db.event.findMany({ where: { programId, type: types, state: 'pending' } });
      for (const { id: eventId, workflowId, type } of waiting) {
        const referralId = workflowId?.slice('referral-'.length) ?? '';
        const ref = { programId, eventId, referralId, now_ms: at(41).getTime() };
        await (type === 'review.rejected' ? activities.decideReview(ref) : activities.cancelReferral(ref));
      }
      return waiting.length;
    },
  };
}
