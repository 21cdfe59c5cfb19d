import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTICE_KINDS, type NoticeKind, variablesOf } from './kinds.ts';
import { noticeKey, noticeOf } from './notice.ts';

const ANN = 'a';
const usd = (minor: string) => ({ minor, unit: 'USD' });

/** Payloads as the outbox has them, with what each has to give. */
const TOLD: Readonly<Record<NoticeKind, readonly [Record<string, unknown>, Record<string, unknown>]>> = {
  'referral.signed_up': [{ referralId: 'r', referrerId: ANN, referredId: 'b' }, { referralId: 'r' }],
  'referral.qualified': [
    { referralId: 'r', nth: 3 },
    { referralId: 'r', nth: 3 },
  ],
  'reward.granted': [
    {
      rewardId: 'w',
      memberId: ANN,
      kind: 'credit',
      label: null,
      unit: 'USD',
      amountMinor: '1250',
      status: 'held',
    },
    { rewardId: 'w', benefit: 'credit', label: '', amount: usd('1250'), status: 'held' },
  ],
  'reward.available': [
    { rewardId: 'w', unit: 'USD', amountMinor: '7' },
    { rewardId: 'w', amount: usd('7') },
  ],
  'reward.reversed': [
    {
      reversed: [
        { memberId: ANN, amount: usd('300') },
        { memberId: 'b', amount: usd('9') },
        { memberId: ANN, amount: usd('200') },
      ],
    },
    { amount: usd('500') },
  ],
  'redemption.awaiting_approval': [
    { redemptionId: 'd', amount: usd('5') },
    { redemptionId: 'd', amount: usd('5') },
  ],
  'redemption.needs_operator': [
    { redemptionId: 'd', amount: usd('5') },
    { redemptionId: 'd', amount: usd('5') },
  ],
  'redemption.settled': [
    { redemptionId: 'd', amount: usd('5') },
    { redemptionId: 'd', amount: usd('5') },
  ],
  'redemption.released': [
    { redemptionId: 'd', amount: usd('5') },
    { redemptionId: 'd', amount: usd('5') },
  ],
  'redemption.refused': [
    { redemptionId: 'd', amount: usd('5') },
    { redemptionId: 'd', amount: usd('5') },
  ],
  'badge.issued': [
    { rewardId: 'w', credentialId: 'c', label: 'Founder' },
    { rewardId: 'w', credentialId: 'c', label: 'Founder' },
  ],
  'season.prize_awarded': [
    { seasonId: 's', rank: '2', kind: 'badge', label: 'Second', unit: null, amountMinor: '0' },
    { seasonId: 's', rank: 2, benefit: 'badge', label: 'Second', amount: '' },
  ],
  'milestone.reached': [
    { milestoneId: 'ten', nth: 1 },
    { milestoneId: 'ten', milestone: 'ten' },
  ],
  'level.reached': [
    { from: null, to: 'gold', passed: [] },
    { level: 'gold', levelId: 'gold' },
  ],
  'achievement.earned': [
    { awardId: 'x', name: 'Streak' },
    { awardId: 'x', achievement: 'Streak' },
  ],
  'survey.asked': [{ surveyId: 'y' }, { surveyId: 'y' }],
  'survey.reminded': [{ surveyId: 'y' }, { surveyId: 'y' }],
  'improvement.made': [{ improvementId: 'i' }, { improvementId: 'i' }],
};

/** Variables that are looked up or made when the member is told, or reads. */
const ADDED = ['program', 'url', 'season', 'improvement'];

describe('what a message is to a member', () => {
  it.each(NOTICE_KINDS)('%s gives its params, and every variable of its templates', (kind) => {
    const [payload, params] = TOLD[kind];
    const notice = noticeOf({ key: 'k', type: kind, payload }, ANN);
    expect(notice).toEqual({ kind, params });
    const lacking = Object.keys(variablesOf(kind)).filter(
      (name) => !ADDED.includes(name) && !(name in params),
    );
    expect(lacking).toEqual([]);
  });

  it('a signup is told to the one whose link it was, and not to the one who signed up', () => {
    const [payload] = TOLD['referral.signed_up'];
    expect(noticeOf({ key: 'k', type: 'referral.signed_up', payload }, 'b')).toBeNull();
  });

  it('what was taken back is told to those alone of whom something was taken', () => {
    const [payload] = TOLD['reward.reversed'];
    expect(noticeOf({ key: 'k', type: 'reward.reversed', payload }, 'c')).toBeNull();
  });

  it.each([
    ['a badge that became available', 'reward.available', { unit: null, amountMinor: '0' }],
    ['a credit of nothing', 'reward.granted', { kind: 'credit', unit: 'USD', amountMinor: '0' }],
    [
      'an amount in a unit that does not exist',
      'redemption.settled',
      { amount: { minor: '5', unit: 'XYZ' } },
    ],
    ['a type that members are not told', 'referral.closed', {}],
    ['a type with a name of JavaScript’s own', 'constructor', {}],
  ])('%s is nothing to tell', (_, type, payload) => {
    expect(noticeOf({ key: 'k', type, payload }, ANN)).toBeNull();
  });

  it('any payload gives a notice or none, the same each time, and never throws', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NOTICE_KINDS),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (type, payload) => {
          const message = { key: 'k', type, payload };
          expect(noticeOf(message, ANN)).toEqual(noticeOf(message, ANN));
        },
      ),
    );
  });

  it('a notice’s key differs by message and by member', () => {
    expect(noticeKey('reward.granted:1', ANN)).toBe('reward.granted:1:a');
  });
});
