import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  examplePayload,
  MESSAGE_TYPES,
  MESSAGES,
  type MessageType,
  messageDocs,
  parseMessage,
  problemsOf,
} from './messages.ts';

const ID = '01920000-0000-7000-8000-000000000001';
const usd = (minor: string) => ({ minor, unit: 'USD' });

const rowOf = (type: MessageType, payload: unknown = examplePayload(type)) => ({
  key: `k:${type}`,
  subject: `${MESSAGES[type].subjects[0]}:${ID}`,
  members: [ID],
  type,
  payload,
});

/** Payloads as the outbox was first given them, with the fields that have another form today. */
const EARLIER: readonly (readonly [MessageType, object, object])[] = [
  [
    'reward.granted',
    {
      rewardId: ID,
      referralId: ID,
      memberId: ID,
      ruleId: 'thanks',
      kind: 'credit',
      label: null,
      unit: 'USD',
      amountMinor: '1250',
      status: 'held',
      maturesAt: '2026-01-01T00:00:00.000Z',
    },
    { source: 'referral', amount: usd('1250') },
  ],
  [
    'reward.granted',
    {
      rewardId: ID,
      memberId: ID,
      source: 'milestone',
      ruleId: 'milestone:ten',
      kind: 'badge',
      label: 'Founder',
      unit: null,
      amountMinor: '0',
      status: 'available',
      maturesAt: '2026-01-01T00:00:00.000Z',
    },
    { source: 'milestone', referralId: null, amount: null },
  ],
  [
    'reward.available',
    { rewardId: ID, referralId: null, memberId: ID, unit: 'USD', amountMinor: '7' },
    { amount: usd('7') },
  ],
  [
    'reward.reversed',
    { memberId: ID, reversed: [{ rewardId: ID, ruleId: 'thanks', memberId: ID, amount: usd('5') }] },
    { referralId: null, eventId: null, unqualified: false },
  ],
  [
    'points.taken',
    {
      postingId: ID,
      memberId: ID,
      source: 'reversal',
      ruleId: 'review',
      eventId: ID,
      unit: 'PTS',
      amountMinor: '-40',
    },
    { amount: { minor: '40', unit: 'PTS' } },
  ],
  [
    'level.reached',
    { memberId: ID, unit: 'PTS', from: null, to: 'gold', passed: ['silver'], lifetimeMinor: '1000' },
    { lifetime: { minor: '1000', unit: 'PTS' } },
  ],
  [
    'milestone.reached',
    {
      awardId: ID,
      memberId: ID,
      milestoneId: 'ten',
      step: '10',
      at: '10',
      unit: null,
      nth: 1,
      policyVersion: 1,
      status: 'awarded',
      rewardId: ID,
    },
    { at: 10, amount: null },
  ],
  [
    'milestone.reversed',
    {
      awardId: ID,
      memberId: ID,
      milestoneId: 'big',
      step: '5000',
      at: '5000',
      unit: 'USD',
      nth: 1,
      policyVersion: 1,
      status: 'reversed',
      rewardId: null,
    },
    { at: null, amount: usd('5000') },
  ],
  [
    'season.prize_awarded',
    { seasonId: ID, rank: '2', memberId: ID, kind: 'credit', label: null, unit: 'USD', amountMinor: '900' },
    { rank: 2, amount: usd('900') },
  ],
  [
    'budget.warned',
    { unit: 'USD', capMinor: '500', spentMinor: '400', percent: 80 },
    { cap: usd('500'), spent: usd('400') },
  ],
  // From before the catalogue, and from before a review named whom it was about.
  [
    'redemption.settled',
    { redemptionId: ID, memberId: ID, amount: usd('5'), method: 'manual', status: 'settled', reason: null },
    { itemId: null },
  ],
  ['referral.signed_up', { referralId: ID, referrerId: ID, eventId: ID }, { referredId: null }],
];

describe('a message', () => {
  it.each(MESSAGE_TYPES)('%s fits its type, and is read back as it was written', (type) => {
    const row = rowOf(type);
    expect(problemsOf(row)).toEqual([]);
    expect(parseMessage(row)).toEqual({ ...row, version: MESSAGES[type].version });
  });

  it.each(MESSAGE_TYPES)(
    '%s fits no longer when any field is missing or of another form, or one is added',
    (type) => {
      const payload: Readonly<Record<string, unknown>> = { ...examplePayload(type) };
      for (const name of Object.keys(payload)) {
        const { [name]: _, ...others } = payload;
        expect(problemsOf(rowOf(type, others)), name).toHaveLength(1);
        expect(problemsOf(rowOf(type, { ...payload, [name]: { odd: true } })), name).toHaveLength(1);
      }
      expect(problemsOf(rowOf(type, { ...payload, extra: 1 }))).toHaveLength(1);
      expect(problemsOf({ ...rowOf(type), subject: 'other:1' })).toHaveLength(1);
      expect(problemsOf(rowOf(type, null)).length).toBeGreaterThan(0);
    },
  );

  it('of an unknown type fits nothing, and is not read', () => {
    const row = { ...rowOf('survey.asked'), type: 'constructor' };
    expect(problemsOf(row)).toHaveLength(1);
    expect(parseMessage(row)).toBeNull();
  });

  it.each([
    ['a minus', { minor: '-5', unit: 'USD' }],
    ['a number', { minor: 5, unit: 'USD' }],
    ['leading zeros', { minor: '05', unit: 'USD' }],
    ['a unit that does not exist', { minor: '5', unit: 'XYZ' }],
    ['another field', { minor: '5', unit: 'USD', amountMinor: '5' }],
  ])('holds no amount with %s', (_, amount) => {
    const row = rowOf('points.earned', { ...examplePayload('points.earned'), amount });
    expect(problemsOf(row)).toHaveLength(1);
    expect(parseMessage(row)).toBeNull();
  });
});

describe('a stored row of an earlier form', () => {
  it.each(EARLIER)('%s is read in the present form', (type, stored, present) => {
    const message = parseMessage(rowOf(type, stored));
    expect(message?.payload).toMatchObject(present);
    expect(problemsOf(rowOf(type, message?.payload))).toEqual([]);
  });

  it('gives a message or none, whatever it holds, and never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...MESSAGE_TYPES), fc.jsonValue(), (type, payload) => {
        const message = parseMessage(rowOf(type, payload));
        if (message !== null) expect(problemsOf(rowOf(type, message.payload))).toEqual([]);
      }),
    );
  });
});

it('EVENTS.md describes every message as it is', () => {
  const text = readFileSync(new URL('../docs/EVENTS.md', import.meta.url), 'utf8');
  const section = text.split('\n### Messages\n')[1]?.split(/\n##/)[0] ?? '';
  const lines = section.split('\n');
  const cells = lines.filter((line) => line.startsWith('| `')).map((line) => line.slice(1, -1).split('|'));
  expect(cells.map((row) => row.map((cell) => cell.trim()))).toEqual(messageDocs().map((it) => it.cells));
  expect(lines.filter((line) => line.startsWith('- `'))).toEqual(messageDocs().map((it) => it.payload));
});
