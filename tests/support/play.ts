import type { Activities } from '../../activities/create.ts';
import { createActivities } from '../../activities/create.ts';
import type { ReferralSnapshot } from '../../activities/referrals/snapshot.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import type { PayoutSettings } from '../../engine/payouts/providers/provider.ts';
import { POINTS_RECOUNT } from '../../engine/points/recount.ts';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { balancesOf, type MemberBalance } from '../../ledger/balances.ts';
import { createLog } from '../../platform/log.ts';
import type { Database } from '../../prisma/client.ts';
import { activityFor } from './activity-for.ts';
import type { TestDatabase } from './database.ts';
import { useResource } from './resource.ts';
import {
  type EventSeed,
  referralIdOf,
  type SeededMember,
  seedEvent,
  seedMember,
  seedProgram,
  TEST_BADGES,
  TEST_PAYOUTS,
  TEST_PRIVACY,
  TEST_WEBHOOKS,
  testPolicy,
} from './seed.ts';

/** When things happen in tests that do not say. */
export const T0 = new Date('2026-01-01T00:00:00Z');
export const T0_MS = T0.getTime();
export const DAY_MS = 86_400_000;
export const at = (days: number): Date => new Date(T0_MS + days * DAY_MS);

/** Activities on a test's database, as a worker would bind them. */
export function testActivities({ db, url }: TestDatabase, payouts: Partial<PayoutSettings> = {}): Activities {
  return createActivities({
    db,
    databaseUrl: url,
    policies: createPolicies(),
    badges: TEST_BADGES,
    payouts: { ...TEST_PAYOUTS, ...payouts },
    webhooks: TEST_WEBHOOKS,
    privacy: TEST_PRIVACY,
    countDecision: () => undefined,
    log: createLog('test', 'fatal'),
  });
}

/** The same for all tests of a file, on the database that they share. */
export function useActivities(database: TestDatabase): Activities {
  return useResource({ make: () => testActivities(database) });
}

/** What an event led to. */
export interface Decided {
  readonly id: string;
  readonly key: string;
  readonly snapshot: ReferralSnapshot;
  readonly state: string;
  readonly outcome: Outcome;
}

/** `now_ms`: what time it is for the workflow; unset: when the event happened. */
export type Play = Omit<EventSeed, 'type' | 'subject'> & {
  readonly now_ms?: number;
  readonly referralId?: string;
};

/** One program whose events are decided by calling activities directly, as its workflows would. */
export interface ProgramPlay {
  readonly id: string;
  readonly db: Database;
  readonly activities: Activities;
  member(externalId: string, email?: string): Promise<SeededMember>;
  signUp(subject: string, payload: Readonly<Record<string, unknown>>, play?: Play): Promise<Decided>;
  act(subject: string, play?: Play & { readonly type?: string }): Promise<Decided>;
  refund(subject: string, refundOf: string, play?: Play): Promise<Decided>;
  review(subject: string, verdict: 'approved' | 'rejected', play?: Play): Promise<Decided>;
  /** An operator's word on the referral's oldest reward, the largest of its moment. */
  correct(subject: string, word: 'taken_back' | 'held' | 'released', play?: Play): Promise<Decided>;
  /** An operator grants what the budget refused of the referral: the earliest, of one rule when asked. */
  grantAgain(
    subject: string,
    play?: Play & { readonly ruleId?: string; readonly refusedId?: string },
  ): Promise<Decided>;
  /** An operator ends the referral. */
  cancel(subject: string, play?: Play): Promise<Decided>;
  /** An operator says who referred a member whose signup was credited to nobody. */
  attribute(subject: string, signup: Decided, referrerId: string, play?: Play): Promise<Decided>;
  /** An operator says that another member referred it. */
  move(subject: string, referrerId: string, play?: Play): Promise<Decided>;
  /** Decides a stored event once more, as a repeated delivery does. */
  again(decided: { readonly id: string }, subject: string, now_ms?: number): Promise<Decided>;
  /** Carries out what has referrals asked again, in the order that it was sent in, until none is left. */
  recount(now_ms?: number): Promise<Decided[]>;
  mature(subject: string, now_ms: number): Promise<ReferralSnapshot>;
  end(subject: string, now_ms: number): Promise<ReferralSnapshot>;
  /** At a time; unset: at `T0`. */
  balance(memberId: string, now?: Date): Promise<MemberBalance>;
  /** Net of what was taken back, over all rewards of a member. */
  netRewards(memberId: string): Promise<bigint>;
}

const EMPTY: MemberBalance = {
  unit: 'USD',
  pending_minor: 0n,
  available_minor: 0n,
  reserved_minor: 0n,
  owed_minor: 0n,
};

export async function playProgram(
  database: TestDatabase,
  activities: Activities,
  policy: Policy = testPolicy(),
): Promise<ProgramPlay> {
  return playedProgram(database, await seedProgram(database.db, policy), activities);
}

/** The same for a program that is there already. */
export function playedProgram(
  database: TestDatabase,
  id: string,
  activities: Activities = testActivities(database),
): ProgramPlay {
  const { db } = database;
  const run = async (type: string, subject: string, play: Play): Promise<Decided> => {
    const stored = await seedEvent(db, id, {
      at: T0,
      ...play,
      type,
      ...(type.includes('.') ? {} : { subject }),
    });
    const now_ms = play.now_ms ?? (play.at ?? T0).getTime();
    return await decide(db, activities, {
      programId: id,
      referralId: play.referralId ?? referralIdOf(id, subject),
      eventId: stored.id,
      now_ms,
    });
  };
  const refOf = (subject: string, now_ms: number) => ({
    programId: id,
    referralId: referralIdOf(id, subject),
    now_ms,
  });
  return {
    id,
    db,
    activities,
    member: (externalId, email) => seedMember(db, id, externalId, email),
    signUp: (subject, payload, play = {}) => run('signup', subject, { ...play, payload }),
    act: (subject, { type = 'purchase', ...play } = {}) => run(type, subject, play),
    refund: (subject, refundOf, play = {}) => run('refund', subject, { ...play, refundOf }),
    review: (subject, verdict, play = {}) => run(`review.${verdict}`, subject, play),
    correct: async (subject, word, play = {}) => {
      const where = { programId: id, referralId: referralIdOf(id, subject) };
      const { id: rewardId } = await db.reward.findFirstOrThrow({
        where,
        orderBy: [{ createdAt: 'asc' }, { amountMinor: 'desc' }],
      });
      return await run(`reward.${word}`, subject, { ...play, payload: { rewardId, note: 'by hand' } });
    },
    grantAgain: async (subject, { ruleId, refusedId: given, ...play } = {}) => {
      const where = { programId: id, referralId: referralIdOf(id, subject), ...(ruleId && { ruleId }) };
      const { id: earliest } = await db.refusedReward.findFirstOrThrow({
        where,
        orderBy: [{ occurredAt: 'asc' }, { createdAt: 'asc' }],
      });
      const refusedId = given ?? earliest;
      const payload = { actor: 'user:an-operator', note: 'the budget is higher', refusedId };
      return await run('reward.granted_again', subject, { ...play, payload });
    },
    cancel: (subject, play = {}) =>
      run('referral.cancelled', subject, { ...play, payload: { note: 'fraud' } }),
    attribute: (subject, { id: signup }, referrerId, play = {}) =>
      run('referral.attributed', subject, { ...play, payload: { signup, referrerId, note: 'a typo' } }),
    move: (subject, referrerId, play = {}) =>
      run('referral.moved', subject, { ...play, payload: { referrerId, note: 'a mix-up' } }),
    again: ({ id: eventId }, subject, now_ms = T0_MS) =>
      decide(db, activities, { ...refOf(subject, now_ms), eventId }),
    recount: (now_ms = T0_MS) => recountAll({ db, id, activities }, now_ms),
    mature: (subject, now_ms) => activities.matureRewards(refOf(subject, now_ms)),
    end: (subject, now_ms) => activities.endReferral(refOf(subject, now_ms)),
    balance: async (memberId, now = T0) => (await balancesOf(db, id, memberId, now))[0] ?? EMPTY,
    async netRewards(memberId) {
      const sums = await db.reward.aggregate({
        where: { programId: id, memberId },
        _sum: { amountMinor: true, reversedMinor: true },
      });
      return (sums._sum.amountMinor ?? 0n) - (sums._sum.reversedMinor ?? 0n);
    },
  };
}

interface EventRef {
  readonly programId: string;
  readonly referralId: string;
  readonly eventId: string;
  readonly now_ms: number;
}

async function decide(db: Database, activities: Activities, ref: EventRef): Promise<Decided> {
  const where = { programId_id: { programId: ref.programId, id: ref.eventId } };
  const { type } = await db.event.findUniqueOrThrow({ where });
  const snapshot = await activities[activityFor(type)](ref);
  const { id, key, state, outcome } = await db.event.findUniqueOrThrow({ where });
  return { id, key, snapshot, state, outcome: outcome as unknown as Outcome };
}

async function recountAll(
  { db, id: programId, activities }: Pick<ProgramPlay, 'db' | 'id' | 'activities'>,
  now_ms: number,
): Promise<Decided[]> {
  const type = { in: ['referral.recount.due', 'referral.recounts.due', POINTS_RECOUNT] };
  const all: Decided[] = [];
  for (;;) {
    const where = { programId, type, state: { notIn: ['decided' as const, 'parked' as const] } };
    const event = await db.event.findFirst({ where, orderBy: { seq: 'asc' } });
    if (event === null) return all;
    if (event.type === POINTS_RECOUNT) {
      const memberId = String(event.workflowId).replace('member-', '');
      await activities.countActions({ programId, memberId, now_ms, eventIds: [event.id] });
      continue;
    }
    const referralId = String(event.workflowId).replace('referral-', '');
    all.push(await decide(db, activities, { programId, referralId, eventId: event.id, now_ms }));
  }
}

/** How many rows of each kind a program has: what a refusal must leave as it was. */
export async function footprint(db: Database, programId: string) {
  const where = { programId };
  return {
    members: await db.member.count({ where }),
    links: await db.link.count({ where }),
    referrals: await db.referral.count({ where }),
    rewards: await db.reward.count({ where }),
    postings: await db.ledgerTransaction.count({ where }),
    outbox: await db.outbox.count({ where }),
  };
}
