import { expect, test } from 'vitest';
import { pointRule, testPoints } from '../../tests/support/points.ts';
import { DAY_MS } from '../time.ts';
import { ACTIONS_MAX } from './achievements.ts';
import { decideDeeds } from './count.ts';
import type { AchievementRule, PointRule, PointsPolicy } from './policy.ts';
import { EMPTY_TALLY, type MemberDeed, type PointsTally } from './tally.ts';

const T0_MS = Date.UTC(2026, 0, 1);

const rule = (changes: Partial<PointRule> = {}) => pointRule({ id: 'it', event: 'review', ...changes });

const award = (test: AchievementRule['test'], repeatable = true): AchievementRule => ({
  ...{ id: 'award', name: 'Award', test, repeatable },
  benefit: { kind: 'points', points: 5 },
});

const policy = (changes: Partial<PointsPolicy>) => testPoints({ rules: [rule()], levels: [], ...changes });

const deed = (eventId: string, changes: Partial<MemberDeed> = {}): MemberDeed => ({
  eventId,
  type: 'review',
  occurred_at_ms: T0_MS,
  value: null,
  rates: [],
  properties: {},
  actor: { id: 'ann', zone: 'UTC', signed_up_at_ms: null },
  referrerId: null,
  programStatus: 'live',
  unit: 'USD',
  ...changes,
});

/** What came of each, in a word: the code of the first rule or why none, and the numbers of awards. */
const answers = (points: PointsPolicy | null, deeds: readonly MemberDeed[], tally = EMPTY_TALLY) =>
  decideDeeds(points, deeds, tally).map((it) => {
    if (!it.counts) return it.why;
    const [first] = it.points;
    const word = first === undefined ? 'no rule' : first.granted ? `${first.amount.minor}` : first.code;
    return [word, ...it.awards.map(({ number }) => number)].join(' ');
  });

const at = (eventId: string, days: number) => deed(eventId, { occurred_at_ms: T0_MS + days * DAY_MS });

test('an action finds the cap as the ones before it left it, within the window that ends with it', () => {
  const cap = { points: 25, count: null, period_days: 2 };
  const deeds = [at('a', 0), at('b', 1), at('c', 1), at('d', 1), at('e', 3)];
  expect(answers(policy({ rules: [rule({ cap })] }), deeds)).toEqual(['10', '10', '5', 'cap_reached', '10']);
});

test('what was granted before the tally was read counts with what was granted since', () => {
  const cap = { points: null, count: 2, period_days: null };
  const granted = [{ ruleId: 'it', recipientId: 'ann', count: 1, amount_minor: 10n }];
  const tally: PointsTally = {
    ...EMPTY_TALLY,
    granted: new Map(['a', 'b'].map((id) => [id, granted])),
  };
  expect(answers(policy({ rules: [rule({ cap })] }), [at('a', 0), at('b', 0)], tally)).toEqual([
    '10',
    'cap_reached',
  ]);
});

test('each action has its own number among those of its type, counted ones with it', () => {
  const rules = [rule({ condition: 'event.ordinal == 4' })];
  const tally = { ...EMPTY_TALLY, earlier: new Map([['review', 2]]) };
  expect(answers(policy({ rules }), [at('a', 0), at('b', 0), at('c', 0)], tally)).toEqual([
    'condition_false',
    '10',
    'condition_false',
  ]);
});

test('an event counts once, a signup once a member, and one that no rule answers to never', () => {
  const rules = [rule(), rule({ id: 'welcome', event: 'signup' })];
  const deeds = [
    deed('a'),
    deed('a'),
    deed('s', { type: 'signup' }),
    deed('t', { type: 'signup' }),
    deed('x', { type: 'unheard' }),
  ];
  expect(answers(policy({ rules }), deeds)).toEqual([
    '10',
    'counted_before',
    '10',
    'signed_up_before',
    'no_rule',
  ]);
  expect(answers(null, [deed('a')])).toEqual(['no_rule']);
});

test('an achievement is earned at the action that completes it, and numbered on', () => {
  const achievements = [award({ kind: 'nth', event: 'review', count: 2 })];
  const tally: PointsTally = {
    ...EMPTY_TALLY,
    awards: new Map([['award', { standing: [], total: 3 }]]),
  };
  const deeds = ['a', 'b', 'c', 'd'].map((id) => deed(id));
  expect(answers(policy({ achievements }), deeds, tally)).toEqual(['10', '10 4', '10', '10 5']);
});

test('what only one member can have is taken by the first action that earns it', () => {
  const achievements = [award({ kind: 'first', event: 'review', within: 'program' })];
  expect(answers(policy({ achievements }), [deed('a'), deed('b')])).toEqual(['10 1', '10']);
  const tally = { ...EMPTY_TALLY, taken: new Set(['award']) };
  expect(answers(policy({ achievements }), [deed('a')], tally)).toEqual(['10']);
});

test('a streak may be completed by the last of a batch', () => {
  const achievements = [award({ kind: 'streak', event: 'review', by: 'day', length: 3 })];
  const around = [{ type: 'review', reach_ms: 4 * DAY_MS, actions: [] }];
  const deeds = [at('a', 0), at('b', 1), at('c', 2)];
  expect(answers(policy({ achievements }), deeds, { ...EMPTY_TALLY, around })).toEqual(['10', '10', '10 1']);
});

test('of too many actions around one the latest are looked at', () => {
  const test = { kind: 'sum', event: 'review', at_least: { minor: 2n, unit: 'USD' }, days: 1 } as const;
  const value = { minor: 1n, unit: 'USD' };
  const old = Array.from({ length: 10 }, () => ({ at_ms: T0_MS - 1, value }));
  const later = Array.from({ length: ACTIONS_MAX }, () => ({ at_ms: T0_MS + 1, value: null }));
  const asked = (actions: PointsTally['around'][0]['actions']) =>
    answers(policy({ achievements: [award(test)] }), [deed('a', { value })], {
      ...EMPTY_TALLY,
      around: [{ type: 'review', reach_ms: DAY_MS, actions }],
    });
  expect(asked(old)).toEqual(['10 1']);
  expect(asked([...old, ...later])).toEqual(['10']);
});

test('only a referrer to whom a rule on the type grants something is looked at', () => {
  const rules = [
    rule({ condition: 'referrer.qualified_count == 7' }),
    rule({ id: 'bought', event: 'purchase', condition: 'referrer.qualified_count == 7' }),
    rule({ id: 'mentor', event: 'purchase', recipient: 'referrer' }),
  ];
  const people = new Map([['rob', { qualifiedReferrals: 7, isBlocked: true }]]);
  const deeds = [deed('a', { referrerId: 'rob' }), deed('b', { referrerId: 'rob', type: 'purchase' })];
  const decided = decideDeeds(policy({ rules }), deeds, { ...EMPTY_TALLY, people });
  const codes = decided.map((it) =>
    it.counts ? it.points.map((one) => (one.granted ? 'ok' : one.code)) : [],
  );
  expect(codes).toEqual([['condition_false'], ['ok', 'member_blocked']]);
});
