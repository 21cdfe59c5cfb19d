import { describe, expect, it } from 'vitest';
import { examplePayload, MESSAGE_TYPES, MESSAGES, type Message } from '../messages.ts';
import { MEMBER_FEED_TYPES, memberMessage } from './member-view.ts';

const ANN = '01920000-0000-7000-8000-00000000000a';
const BEN = '01920000-0000-7000-8000-00000000000b';

/** A message that concerns Ann, and names Ben wherever it can. */
const messageOf = (type: (typeof MESSAGE_TYPES)[number], key: string = type): Message => {
  const payload = { ...examplePayload(type) } as Record<string, unknown>;
  for (const [field, id] of [
    ['memberId', ANN],
    ['referrerId', ANN],
    ['referredId', BEN],
  ] as const) {
    if (field in payload) payload[field] = id;
  }
  const { version, subjects } = MESSAGES[type];
  return {
    type,
    version,
    key,
    subject: `${subjects[0]}:1`,
    members: [ANN, BEN],
    payload,
  } as unknown as Message;
};

describe('a member is shown', () => {
  it.each(MEMBER_FEED_TYPES)('%s, where it concerns them, and nothing of anybody else', (type) => {
    const shown = memberMessage(messageOf(type), ANN);
    expect(shown).toMatchObject({ type });
    const text = JSON.stringify(shown);
    expect(text).not.toContain(BEN);
    expect(text).not.toMatch(/reason|eventId|policyVersion|verdict|postingId|"by"/);
  });

  it('nothing of a payload that is about another', () => {
    const about = MESSAGE_TYPES.filter((type) =>
      ['memberId', 'referrerId'].some((field) => field in MESSAGES[type].payload),
    );
    expect(about.length).toBeGreaterThan(20);
    expect(about.filter((type) => memberMessage(messageOf(type), BEN) !== null)).toEqual([]);
  });

  it('of what was taken back their own part', () => {
    const message = messageOf('reward.reversed') as Message<'reward.reversed'>;
    const [taken] = message.payload.reversed;
    const reversed = [ANN, BEN].map((memberId) => ({ ...taken, memberId, rewardId: memberId }));
    const shown = memberMessage({ ...message, payload: { ...message.payload, reversed } } as Message, ANN);
    expect(shown?.data['reversed']).toEqual([{ rewardId: ANN, amount: taken?.amount }]);
  });

  it('a signup under review as one that counts, and its approval not at all', () => {
    const [counts, reviewed] = [messageOf('referral.signed_up'), messageOf('referral.in_review')];
    expect(memberMessage(reviewed, ANN)).toEqual(memberMessage(counts, ANN));
    expect(memberMessage(messageOf('referral.signed_up', 'review.approved:1'), ANN)).toBeNull();
    expect(MEMBER_FEED_TYPES).not.toContain('referral.in_review');
  });

  it('nothing of how the program is run', () => {
    const hidden = MESSAGE_TYPES.filter((type) => memberMessage(messageOf(type), ANN) === null);
    expect(hidden.map((type) => type.split('.')[0])).toEqual(
      expect.arrayContaining(['program', 'budget', 'webhook', 'survey']),
    );
  });
});
