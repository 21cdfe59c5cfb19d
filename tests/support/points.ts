import type { PointRule, PointsPolicy } from '../../domain/points/policy.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { balancesOf } from '../../ledger/balances.ts';
import { at, type Play, type ProgramPlay, T0 } from './play.ts';
import { fixedPolicy, seedEvent } from './seed.ts';

/** A section of points that a test adds to: ten points a contribution. */
export function testPoints(changes: Partial<PointsPolicy> = {}): PointsPolicy {
  return {
    unit: 'PTS',
    rules: [pointRule()],
    levels: [
      { id: 'bronze', name: 'Bronze', from: 20 },
      { id: 'silver', name: 'Silver', from: 50 },
      { id: 'gold', name: 'Gold', from: 100 },
    ],
    achievements: [],
    budget: null,
    ...changes,
  };
}

export function pointRule(changes: Partial<PointRule> = {}): PointRule {
  return {
    id: 'contribution',
    event: 'contribution',
    recipient: 'actor',
    award: { kind: 'fixed', points: 10 },
    condition: null,
    cap: null,
    expires_days: null,
    ...changes,
  };
}

/** 5 USD a qualified referral, and points. */
export const pointsPolicy = (points: Partial<PointsPolicy> = {}, changes: Partial<Policy> = {}): Policy =>
  fixedPolicy(500n, 0, { points: testPoints(points), ...changes });

/** Stores an action of a member without a referrer, as the pump hands it to their workflow, and counts it. */
export async function doAct(
  program: ProgramPlay,
  member: { readonly id: string; readonly externalId: string },
  { type = 'contribution', now_ms, ...play }: Play & { readonly type?: string } = {},
) {
  const event = await seedEvent(program.db, program.id, {
    at: T0,
    ...play,
    type,
    subject: member.externalId,
    workflowId: `member-${member.id}`,
  });
  await count(program, member.id, [event.id], now_ms);
  return { ...event, outcome: await outcomeOf(program, event.id) };
}

/** Runs the member's step on events of the queue; without any: on all that are undecided for the member. */
export async function count(
  program: ProgramPlay,
  memberId: string,
  eventIds?: readonly string[],
  now_ms = at(0).getTime(),
) {
  const where = {
    programId: program.id,
    workflowId: `member-${memberId}`,
    state: { not: 'decided' as const },
  };
  const waiting = await program.db.event.findMany({ where, orderBy: { seq: 'asc' } });
  return await program.activities.countActions({
    programId: program.id,
    memberId,
    now_ms,
    eventIds: eventIds ?? waiting.map(({ id }) => id),
  });
}

export async function outcomeOf({ db, id: programId }: ProgramPlay, eventId: string): Promise<Outcome> {
  const row = await db.event.findUniqueOrThrow({ where: { programId_id: { programId, id: eventId } } });
  return row.outcome as unknown as Outcome;
}

/** Points to spend, points in all, and the level. */
export async function pointsOf({ db, id: programId }: ProgramPlay, memberId: string) {
  const balances = await balancesOf(db, programId, memberId);
  const points = await db.memberPoints.findFirst({ where: { programId, memberId } });
  return {
    available: Number(balances.find(({ unit }) => unit === 'PTS')?.available_minor ?? 0n),
    lifetime: Number(points?.lifetimeMinor ?? 0n),
    level: points?.levelId ?? null,
  };
}
