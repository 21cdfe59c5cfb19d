import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  examplePayload,
  MESSAGE_TYPES,
  MESSAGES,
  type Message,
  type MessagePayload,
  type MessageType,
  parseMessage,
} from '../messages.ts';
import { NOTICE_KINDS, type NoticeKind, variablesOf } from './kinds.ts';
import { noticeKey, noticeOf } from './notice.ts';

const ANN = 'a';
const usd = (minor: string) => ({ minor, unit: 'USD' });

/** A message of a type, but for what a test wants otherwise. */
function messageOf<T extends MessageType>(type: T, changes: Partial<MessagePayload<T>> = {}): Message {
  const { version, subjects } = MESSAGES[type];
  const payload = { ...examplePayload(type), ...changes };
  return {
    key: 'k',
    subject: `${subjects[0]}:s`,
    members: [ANN],
    type,
    version,
    payload,
  } as unknown as Message;
}

const taken = (memberId: string, minor: string) => ({
  rewardId: 'w',
  ruleId: 'r',
  memberId,
  amount: usd(minor),
});
const redemption = [
  { redemptionId: 'd', amount: usd('5') },
  { redemptionId: 'd', amount: usd('5') },
] as const;

/** What is in the payload of each kind, and what it has to give. */
const EXPECTED: {
  readonly [K in NoticeKind]: readonly [Partial<MessagePayload<K>>, Readonly<Record<string, unknown>>];
} = {
  'referral.signed_up': [{ referralId: 'r', referrerId: ANN, referredId: 'b' }, { referralId: 'r' }],
  'referral.qualified': [
    { referralId: 'r', nth: 3 },
    { referralId: 'r', nth: 3 },
  ],
  'reward.granted': [
    { rewardId: 'w', memberId: ANN, kind: 'credit', label: null, amount: usd('1250'), status: 'held' },
    { rewardId: 'w', benefit: 'credit', label: '', amount: usd('1250'), status: 'held' },
  ],
  'reward.available': [
    { rewardId: 'w', amount: usd('7') },
    { rewardId: 'w', amount: usd('7') },
  ],
  'reward.reversed': [
    { reversed: [taken(ANN, '300'), taken('b', '9'), taken(ANN, '200')] },
    { amount: usd('500') },
  ],
  'reward.restored': [
    { restored: [taken(ANN, '300'), taken('b', '9'), taken(ANN, '200')] },
    { amount: usd('500') },
  ],
  'redemption.awaiting_approval': redemption,
  'redemption.needs_operator': redemption,
  'redemption.settled': redemption,
  'redemption.released': redemption,
  'redemption.refused': redemption,
  'badge.issued': [
    { rewardId: 'w', credentialId: 'c', label: 'Founder' },
    { rewardId: 'w', credentialId: 'c', label: 'Founder' },
  ],
  'season.prize_awarded': [
    { seasonId: 's', rank: 2, kind: 'badge', label: 'Second', amount: null },
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

/** What a row of the outbox is to the member. */
function noticeOfRow(type: MessageType, payload: unknown) {
  const message = parseMessage({
    key: 'k',
    subject: `${MESSAGES[type].subjects[0]}:s`,
    members: [],
    type,
    payload,
  });
  return message === null ? null : noticeOf(message, ANN);
}

describe('what a message is to a member', () => {
  it.each(NOTICE_KINDS)('%s gives its params, and every variable of its templates', (kind) => {
    const [changes, params] = EXPECTED[kind];
    const notice = noticeOf(messageOf(kind, changes), ANN);
    expect(notice).toEqual({ kind, params });
    const lacking = Object.keys(variablesOf(kind)).filter(
      (name) => !ADDED.includes(name) && !(name in params),
    );
    expect(lacking).toEqual([]);
  });

  it('a signup is told to the one whose link it was, and not to the one who signed up', () => {
    const [changes] = EXPECTED['referral.signed_up'];
    expect(noticeOf(messageOf('referral.signed_up', changes), 'b')).toBeNull();
  });

  it('what was taken back is told to those alone of whom something was taken', () => {
    const [changes] = EXPECTED['reward.reversed'];
    expect(noticeOf(messageOf('reward.reversed', changes), 'c')).toBeNull();
  });

  it.each([
    ['a badge that became available', messageOf('reward.available', { amount: null })],
    ['a credit of nothing', messageOf('reward.granted', { kind: 'credit', amount: usd('0') })],
    ['a type that members are not told', messageOf('referral.closed')],
    [
      'a type with a name of JavaScript’s own',
      { ...messageOf('referral.closed'), type: 'constructor' } as never,
    ],
  ])('%s is nothing to tell', (_, message) => {
    expect(noticeOf(message, ANN)).toBeNull();
  });

  it('an amount in a unit that does not exist is nothing to tell', () => {
    const payload = { ...examplePayload('redemption.settled'), amount: { minor: '5', unit: 'XYZ' } };
    expect(noticeOfRow('redemption.settled', payload)).toBeNull();
  });

  it('any payload gives a notice or none, the same each time, and never throws', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MESSAGE_TYPES),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (type, changes) => {
          for (const payload of [changes, { ...examplePayload(type), ...changes }]) {
            expect(noticeOfRow(type, payload)).toEqual(noticeOfRow(type, payload));
          }
        },
      ),
    );
  });

  it('a notice’s key differs by message and by member', () => {
    expect(noticeKey('reward.granted:1', ANN)).toBe('reward.granted:1:a');
  });
});
