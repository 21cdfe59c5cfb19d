import { newId } from '../../platform/ids.ts';
import type { ReferralStage } from '../../prisma/generated/client.ts';
import { useResource } from '../support/resource.ts';
import { takeKey } from '../support/seed.ts';
import type { TestApi } from './harness.ts';

export interface SeededReferral {
  readonly referrerId: string;
  readonly referredId: string;
  readonly linkId: string;
  readonly referralId: string;
  readonly eventId: string;
  readonly rewardId: string;
  readonly redemptionId: string;
  readonly keyId: string;
}

const AT = new Date('2026-05-01T10:00:00Z');

/**
 * Rows as the workflows leave them: a referral with its qualifying event and a reward, and a redemption
 * that awaits approval.
 */
export async function seedReferral(
  api: TestApi,
  programId: string,
  stage: ReferralStage = 'qualified',
): Promise<SeededReferral> {
  const { db } = api;
  const ids = {
    referrerId: newId(),
    referredId: newId(),
    linkId: newId(),
    referralId: newId(),
    eventId: newId(),
    rewardId: newId(),
    redemptionId: newId(),
  };
  const suffix = ids.linkId.slice(-8);
  const isFirst = (await db.member.count({ where: { programId, externalId: 'referrer' } })) === 0;
  const nameOf = (name: string) => (isFirst ? name : `${name}-${suffix}`);
  await db.member.createMany({
    data: [
      { programId, id: ids.referrerId, externalId: nameOf('referrer'), referralCode: `a-${suffix}` },
      { programId, id: ids.referredId, externalId: nameOf('referred'), referralCode: `b-${suffix}` },
    ],
  });
  await db.link.create({
    data: { programId, id: ids.linkId, memberId: ids.referrerId, code: `a-${suffix}` },
  });
  await takeKey(db, { programId, key: nameOf('qualifying'), id: ids.eventId });
  await db.event.create({
    data: {
      programId,
      id: ids.eventId,
      key: nameOf('qualifying'),
      requestHash: 'f'.repeat(64),
      type: 'purchase',
      subject: nameOf('referred'),
      valueMinor: 5_000n,
      unit: 'USD',
      payload: {},
      occurredAt: AT,
      state: 'decided',
      decidedAt: AT,
      outcome: {
        decision: 'accepted',
        referralId: ids.referralId,
        stage: 'qualified',
        rewards: [
          {
            ruleId: 'milestones',
            recipient: 'referrer',
            granted: true,
            rewardId: ids.rewardId,
            amount: { minor: '500', unit: 'USD' },
          },
          {
            ruleId: 'welcome',
            recipient: 'referred',
            granted: false,
            code: 'cap_reached',
            message: 'The cap of this rule is reached.',
          },
        ],
      },
    },
  });
  await db.referral.create({
    data: {
      programId,
      id: ids.referralId,
      linkId: ids.linkId,
      referrerId: ids.referrerId,
      referredId: ids.referredId,
      policyVersion: 1,
      stage,
      issuedAt: AT,
      signedUpAt: AT,
      qualifiedAt: AT,
      verdict: 'allow',
    },
  });
  await seedReward(api, programId, ids);
  await db.redemption.create({
    data: {
      programId,
      id: ids.redemptionId,
      memberId: ids.referrerId,
      unit: 'USD',
      amountMinor: 50_000n,
      method: 'manual',
      status: 'awaiting_approval',
    },
  });
  const key = await api.key(['read'], programId);
  return { ...ids, keyId: key.id };
}

/** One such referral, in the API's first program, that all tests of a file share. */
export const useSeededReferral = (api: TestApi): SeededReferral =>
  useResource({ make: () => seedReferral(api, api.programId) });

type Ids = Pick<SeededReferral, 'rewardId' | 'referralId' | 'referrerId' | 'eventId'>;

async function seedReward(api: TestApi, programId: string, ids: Ids): Promise<void> {
  await api.db.reward.create({
    data: {
      programId,
      id: ids.rewardId,
      key: `reward:${ids.referralId}:milestones:referrer`,
      referralId: ids.referralId,
      memberId: ids.referrerId,
      eventId: ids.eventId,
      ruleId: 'milestones',
      policyVersion: 1,
      kind: 'credit',
      unit: 'USD',
      amountMinor: 500n,
      status: 'held',
      grantedAt: AT,
      maturesAt: new Date('2026-05-31T10:00:00Z'),
      trace: {
        rule: { id: 'milestones' },
        facts: {
          event_type: 'purchase',
          event_value: { minor: '5000', unit: 'USD' },
          event_ordinal: 1,
          qualified_count: 5,
        },
        steps: [{ step: 'amount', passed: true, result: '500' }],
      },
    },
  });
}
