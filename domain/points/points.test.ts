import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pointRule, testPoints } from '../../tests/support/points.ts';
import { pointsFor, pointsLost } from './award.ts';
import type { PointsFacts } from './facts.ts';
import { decidePoints } from './points.ts';
import type { PointAward, PointRule } from './policy.ts';

const usd = (minor: bigint) => ({ minor, unit: 'USD' });
const byValue = (rounding: 'down' | 'half_even' | 'half_up' = 'down'): PointAward => ({
  kind: 'per_value',
  points: 1,
  per: usd(100n),
  rounding,
});

const rule = (changes: Partial<PointRule> = {}) =>
  pointRule({ id: 'it', event: 'review', expires_days: 365, ...changes });

const policy = (...rules: PointRule[]) => testPoints({ rules, levels: [] });

const facts = (changes: Partial<PointsFacts> = {}): PointsFacts => ({
  occurred_at_ms: Date.UTC(2026, 0, 1),
  eventType: 'review',
  eventValue: null,
  eventProperties: {},
  eventOrdinal: 1,
  actorId: 'ann',
  referrer: null,
  daysSinceSignup: 0,
  programLive: true,
  blockedIds: new Set(),
  granted: [],
  ...changes,
});

const only = (it: PointRule, seen: PointsFacts) => decidePoints(policy(it), seen)[0];

describe('points of an event', () => {
  test.each([
    [1_250n, 'down', 12n],
    [1_250n, 'half_even', 12n],
    [1_250n, 'half_up', 13n],
    [1_350n, 'half_even', 14n],
    [199n, 'down', 1n],
  ] as const)('%s cents settled %s are %s points', (minor, rounding, points) => {
    expect(pointsFor(byValue(rounding), usd(minor))).toEqual({ ok: true, value: points });
  });

  test.each([
    [null, 'zero_amount'],
    [usd(99n), 'zero_amount'],
    [{ minor: 100n, unit: 'EUR' }, 'rate_missing'],
  ])('by value, %s is refused as %s', (value, code) => {
    expect(pointsFor(byValue(), value)).toMatchObject({ ok: false, code });
  });

  test('only rules on the event’s type are asked, and each gives its answer', () => {
    const rules = [
      rule(),
      rule({ id: 'other', event: 'purchase' }),
      rule({ id: 'mentor', recipient: 'referrer' }),
    ];
    const decided = decidePoints(policy(...rules), facts());
    expect(decided.map((it) => [it.ruleId, it.granted || it.code])).toEqual([
      ['it', true],
      ['mentor', 'not_referred'],
    ]);
  });

  test('points expire so many days after the event itself', () => {
    expect(only(rule(), facts())).toMatchObject({ expires_at_ms: Date.UTC(2027, 0, 1) });
  });

  test('a condition sees the event and an unreferred member’s absent referrer', () => {
    const condition = 'event.ordinal > 1 && referrer.id == ""';
    expect(only(rule({ condition }), facts())).toMatchObject({ code: 'condition_false' });
    expect(only(rule({ condition }), facts({ eventOrdinal: 2 }))).toMatchObject({ granted: true });
  });

  test('a cap clips to the room that is left and then refuses', () => {
    const capped = rule({ cap: { points: 25, count: null, period_days: null } });
    const had = (amount_minor: bigint) =>
      facts({ granted: [{ ruleId: 'it', recipientId: 'ann', amount_minor, count: 1 }] });
    expect(only(capped, had(20n))).toMatchObject({ amount: { minor: 5n } });
    expect(only(capped, had(25n))).toMatchObject({ code: 'cap_reached' });
  });

  test('a program that is not live grants none', () => {
    expect(only(rule(), facts({ programLive: false }))).toMatchObject({ code: 'program_not_live' });
  });

  test('the trace can be stored as JSON and holds none of the event’s properties', () => {
    const decided = only(
      rule({ award: byValue() }),
      facts({ eventProperties: { email: 'ann@example.com' } }),
    );
    expect(JSON.stringify(decided?.trace)).not.toContain('example.com');
  });
});

describe('the trace of points', () => {
  const mentor = rule({
    id: 'mentor',
    event: 'purchase',
    recipient: 'referrer',
    award: byValue(),
    condition: 'event.value > 1',
    cap: { points: 25, count: 3, period_days: 30 },
  });
  const purchase = facts({
    eventType: 'purchase',
    eventValue: usd(1_250n),
    granted: [{ ruleId: 'mentor', recipientId: 'bob', amount_minor: 20n, count: 1 }],
  });

  test('has exactly the stored form', () => {
    const seen = { ...purchase, referrer: { id: 'bob', qualifiedCount: 2 } };
    expect(only(mentor, seen)?.trace).toEqual({
      rule: {
        id: 'mentor',
        event: 'purchase',
        recipient: 'referrer',
        award: { kind: 'per_value', points: 1, per: { minor: '100', unit: 'USD' }, rounding: 'down' },
        condition: 'event.value > 1',
        cap: { points: 25, count: 3, period_days: 30 },
        expires_days: 365,
      },
      facts: {
        event_type: 'purchase',
        event_value: { minor: '1250', unit: 'USD' },
        event_ordinal: 1,
        qualified_count: 2,
        days_since_signup: 0,
        occurred_at_ms: Date.UTC(2026, 0, 1),
        program_live: true,
        granted_before_minor: '20',
        granted_before_count: 1,
      },
      steps: [
        { step: 'program_live', passed: true, result: 'true' },
        { step: 'condition', passed: true, result: 'true' },
        { step: 'points', passed: true, result: '12' },
        { step: 'cap', passed: true, result: '5' },
      ],
    });
  });

  test('ends with the first refusal, and has no count where nobody brought the member', () => {
    expect(only(mentor, purchase)?.trace).toMatchObject({
      facts: { qualified_count: null, granted_before_minor: '0' },
      steps: [
        { step: 'program_live', passed: true, result: 'true' },
        { step: 'referrer', passed: false, result: 'not_referred' },
      ],
    });
  });
});

describe('what a refund takes back', () => {
  const award = fc.constantFrom<PointAward>(byValue('down'), byValue('half_even'), byValue('half_up'));

  test('in however many parts a whole is refunded, all points go, and never more', () => {
    fc.assert(
      fc.property(
        award,
        fc.array(fc.bigInt({ min: 1n, max: 5_000n }), { minLength: 1, maxLength: 8 }),
        (it, parts) => {
          const total = parts.reduce((sum, part) => sum + part, 0n);
          const granted = pointsFor(it, usd(total));
          const amount_minor = granted.ok ? granted.value : 0n;
          let reversed_minor = 0n;
          let left_minor = total;
          for (const part of parts) {
            left_minor -= part;
            const left = { whole: left_minor === 0n, value: usd(left_minor) };
            const lost = pointsLost(it, { amount_minor, reversed_minor }, left);
            expect(lost >= 0n).toBe(true);
            reversed_minor += lost;
            const still = pointsFor(it, usd(left_minor));
            expect(amount_minor - reversed_minor).toBe(still.ok ? still.value : 0n);
          }
          expect(reversed_minor).toBe(amount_minor);
        },
      ),
    );
  });

  test('fixed points stay until nothing is left of the event', () => {
    const granted = { amount_minor: 10n, reversed_minor: 0n };
    const fixed = { kind: 'fixed', points: 10 } as const;
    expect(pointsLost(fixed, granted, { whole: false, value: usd(1n) })).toBe(0n);
    expect(pointsLost(fixed, granted, { whole: true, value: null })).toBe(10n);
  });
});
