import { SCOPES } from '../../domain/operators/scopes.ts';
import { newId } from '../../platform/ids.ts';
import { seedTold, testNotices } from '../support/notices.ts';
import { type ProgramPlay, playProgram, testActivities } from '../support/play.ts';
import { fixedPolicy, type SeededMember, usd } from '../support/seed.ts';
import { seedSurvey } from '../support/surveys.ts';
import type { TestApi } from './harness.ts';

/** A member who has something of everything that a token shows. */
export interface FullMember extends SeededMember {
  readonly externalId: string;
}

/** A program with two members who have something of everything, and one friend under review. */
export interface FullProgram {
  readonly play: ProgramPlay;
  /** May do everything in the program. */
  readonly key: string;
  readonly ann: FullMember;
  readonly ben: FullMember;
}

export async function fullProgram(api: TestApi): Promise<FullProgram> {
  const activities = testActivities(api.database);
  const { redemption, ...policy } = fixedPolicy(10_000n, 0, { notices: testNotices() });
  const methods = ['manual', 'account_credit', 'stripe'];
  const play = await playProgram(api.database, activities, {
    ...policy,
    redemption: { ...redemption, methods },
  });
  const key = (await api.key(SCOPES, play.id)).token;
  const send = (procedure: string, input: object) => api.mutate(procedure, input, { key });
  await send('leaderboards.create', {
    slug: 'best',
    name: 'Best',
    metric: 'qualified_referrals',
    period: 'all_time',
  });
  await send('leaderboards.create', {
    slug: 'cup',
    name: 'Cup',
    metric: 'qualified_referrals',
    period: 'season',
  });
  await send('badges.define', { label: 'connector', name: 'C', description: 'Brought', criteria: 'One' });
  const full = async (externalId: string): Promise<FullMember> => {
    const member = await play.member(externalId, `${externalId}@mail.example`);
    await play.signUp(`${externalId}-friend`, { code: member.code });
    await play.act(`${externalId}-friend`, { value: usd(1_000n), key: `order-${externalId}` });
    await seedRows(api, { programId: play.id, memberId: member.id });
    return { ...member, externalId };
  };
  const [ann, ben] = [await full('ann'), await full('ben')];
  await play.mature('ann-friend', Date.now());
  await play.mature('ben-friend', Date.now());
  return { play, key, ann, ben };

  async function seedRows({ db }: TestApi, { programId, memberId }: { programId: string; memberId: string }) {
    const rewardId = newId();
    const now = new Date();
    await db.reward.create({
      data: {
        programId,
        id: rewardId,
        key: `reward:badge:${memberId}`,
        memberId,
        source: 'milestone',
        ruleId: 'first',
        policyVersion: 1,
        kind: 'badge',
        label: 'connector',
        status: 'available',
        grantedAt: now,
        maturesAt: now,
        trace: { secret: 'fact' },
      },
    });
    await send('badges.issue', { rewardId });
    await db.redemption.create({
      data: {
        programId,
        id: newId(),
        memberId,
        unit: 'USD',
        amountMinor: 500n,
        method: 'manual',
        status: 'settled',
        destination: { iban: 'DE02120300000000202051' },
        approvedBy: 'key:secret',
        providerRef: 'bank-77',
        reason: 'a_reason',
      },
    });
    await seedSurvey(db, programId, memberId);
    await seedSurvey(db, programId, memberId, { status: 'closed' });
    const { eventId } = await seedTold(db, { programId, memberId });
    await activities.tellMember({ programId, memberId, eventIds: [eventId], now_ms: now.getTime() });
  }
}
