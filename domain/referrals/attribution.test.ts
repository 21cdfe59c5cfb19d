import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../time.ts';
import { attribute, CONSIDERED_MAX } from './attribution.ts';
import type { CodeFact, SignupFacts, TouchFact } from './facts.ts';

const at_ms = Date.UTC(2026, 0, 31);
const policy = { model: 'last_touch', window_days: 30 } as const;
const first = { ...policy, model: 'first_touch' } as const;

const code = (change: Partial<CodeFact> = {}): CodeFact => ({
  linkId: 'link-code',
  referrerId: 'ann',
  isActive: true,
  expires_at_ms: null,
  isInvitation: false,
  isUsed: false,
  foreign: false,
  ...change,
});
const touch = (name: string, days_ago: number, change: Partial<TouchFact> = {}): TouchFact => ({
  touchId: name,
  linkId: `link-${name}`,
  referrerId: `owner-${name}`,
  at_ms: at_ms - days_ago * DAY_MS,
  isActive: true,
  expires_at_ms: null,
  isInvitation: false,
  isUsed: false,
  ...change,
});
const facts = (change: Partial<SignupFacts> = {}): SignupFacts => ({
  at_ms,
  code: undefined,
  click: undefined,
  visitorTouches: [],
  referredId: 'bob',
  isAlreadyReferred: false,
  isExistingCustomer: false,
  ...change,
});

describe('who wins', () => {
  const touches = [touch('old', 20), touch('new', 1)];

  test('an explicit code beats a click id, which beats a touch', () => {
    const click = touch('click', 2);
    expect(attribute(policy, facts({ code: code(), click, visitorTouches: touches }))).toMatchObject({
      ok: true,
      by: 'code',
      referrerId: 'ann',
    });
    expect(attribute(policy, facts({ click, visitorTouches: touches }))).toMatchObject({
      ok: true,
      by: 'click',
      linkId: 'link-click',
    });
    expect(attribute(policy, facts({ visitorTouches: touches }))).toMatchObject({ ok: true, by: 'visitor' });
  });

  test('the model chooses between the last and the first touch within the window', () => {
    const visitorTouches = [touch('ancient', 31), ...touches];
    expect(attribute(policy, facts({ visitorTouches }))).toMatchObject({ linkId: 'link-new' });
    expect(attribute(first, facts({ visitorTouches }))).toMatchObject({ linkId: 'link-old' });
  });

  test('a touch that fails makes way for the next one, and the trace says why', () => {
    const answer = attribute(
      policy,
      facts({ visitorTouches: [touch('good', 5), touch('off', 1, { isActive: false })] }),
    );
    expect(answer).toMatchObject({ ok: true, linkId: 'link-good' });
    expect(answer.considered.map((row) => [row.touchId, row.rejectedBecause])).toEqual([
      ['off', 'link_inactive'],
      ['good', undefined],
    ]);
  });

  test.each([
    ['is not found', null],
    ['is outside the window', touch('late', 31)],
    ['leads to the member themselves', touch('self', 1, { referrerId: 'bob' })],
  ])('a click id that %s falls back to the touches', (_name, click) => {
    expect(attribute(policy, facts({ click, visitorTouches: touches }))).toMatchObject({
      ok: true,
      by: 'visitor',
      linkId: 'link-new',
    });
  });

  test('the window includes its last moment and nothing after the signup', () => {
    const only = (at: TouchFact) => attribute(policy, facts({ visitorTouches: [at] }));
    expect(only(touch('edge', 30)).ok).toBe(true);
    expect(only(touch('past', 30, { at_ms: at_ms - 30 * DAY_MS - 1 }))).toMatchObject({
      code: 'outside_window',
    });
    expect(only(touch('same', 0)).ok).toBe(true);
    expect(only(touch('future', 0, { at_ms: at_ms + 1 }))).toMatchObject({ code: 'outside_window' });
  });

  test('a link is judged as it stood at the signup: one that expires later was good', () => {
    expect(attribute(policy, facts({ code: code({ expires_at_ms: at_ms + 1 }) })).ok).toBe(true);
    expect(attribute(policy, facts({ code: code({ expires_at_ms: at_ms }) }))).toMatchObject({
      code: 'link_expired',
    });
  });

  test('a winner behind more rejected touches than the trace holds is still in the trace', () => {
    const off = Array.from({ length: CONSIDERED_MAX + 5 }, (_, at) =>
      touch(`off-${at}`, 1, { isActive: false }),
    );
    const answer = attribute(policy, facts({ visitorTouches: [...off, touch('good', 5)] }));
    expect(answer.considered).toHaveLength(CONSIDERED_MAX + 1);
    expect(answer.considered.at(-1)).toMatchObject({ touchId: 'good' });
  });

  test('the click that the signup names is not counted again among the touches', () => {
    const click = touch('click', 2);
    expect(attribute(policy, facts({ click, visitorTouches: [click] })).considered).toHaveLength(1);
  });
});

describe('who is refused', () => {
  const good = [touch('good', 1)];

  test.each([
    ['unknown', null, 'code_unknown'],
    ['of another program', code({ foreign: true }), 'code_unknown'],
    ['switched off', code({ isActive: false }), 'link_inactive'],
    ['expired', code({ expires_at_ms: at_ms - 1 }), 'link_expired'],
    ['used', code({ isUsed: true }), 'invitation_used'],
    ["the member's own", code({ referrerId: 'bob' }), 'self_referral'],
  ])('a code that is %s refuses, though a touch would have won', (_name, given, expected) => {
    const answer = attribute(policy, facts({ code: given, click: touch('click', 1), visitorTouches: good }));
    expect(answer).toMatchObject({ ok: false, code: expected });
    expect(answer.considered.slice(1).every((row) => row.rejectedBecause === 'outranked')).toBe(true);
  });

  test('a code of another program cannot be told from one that does not exist', () => {
    const foreign = code({ foreign: true, isUsed: true, isActive: false });
    expect(attribute(policy, facts({ code: foreign }))).toEqual(attribute(policy, facts({ code: null })));
  });

  test('a member is referred once, and a customer never', () => {
    const given = facts({ code: code(), isExistingCustomer: true });
    expect(attribute(policy, given)).toMatchObject({ code: 'existing_customer' });
    expect(attribute(policy, { ...given, isAlreadyReferred: true })).toMatchObject({
      code: 'already_attributed',
    });
  });

  test.each([
    ['nothing at all', {}, 'no_attribution'],
    ['a click id that is not found', { click: null }, 'no_attribution'],
    [
      'only a touch of their own link',
      { visitorTouches: [touch('self', 1, { referrerId: 'bob' })] },
      'self_referral',
    ],
    [
      'only a touch of an invitation that another member has used',
      { visitorTouches: [touch('used', 1, { isInvitation: true, isUsed: true })] },
      'invitation_used',
    ],
    ['only a touch that is too old', { visitorTouches: [touch('old', 40)] }, 'outside_window'],
    [
      'an unknown click id and an expired link',
      { click: null, visitorTouches: [touch('x', 1, { expires_at_ms: 0 })] },
      'link_expired',
    ],
  ])('a signup with %s is told so', (_name, change, expected) => {
    expect(attribute(policy, facts(change))).toMatchObject({ ok: false, code: expected });
  });
});

describe('whatever the facts', () => {
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
  const link = {
    linkId: fc.constantFrom('l1', 'l2', 'l3'),
    referrerId: fc.constantFrom('ann', 'bob', 'cy'),
    isActive: fc.boolean(),
    expires_at_ms: maybe(fc.integer({ min: at_ms - DAY_MS, max: at_ms + DAY_MS })),
    isInvitation: fc.boolean(),
    isUsed: fc.boolean(),
  };
  const anyTouch = fc.record({
    ...link,
    touchId: fc.uuid(),
    at_ms: fc.integer({ min: at_ms - 40 * DAY_MS, max: at_ms + DAY_MS }),
  });
  const anyFacts = fc.record({
    at_ms: fc.constant(at_ms),
    code: fc.option(maybe(fc.record({ ...link, foreign: fc.boolean() })), { nil: undefined }),
    click: fc.option(maybe(anyTouch), { nil: undefined }),
    visitorTouches: fc.uniqueArray(anyTouch, { selector: (one) => one.touchId, maxLength: 30 }),
    referredId: fc.constant('bob'),
    isAlreadyReferred: fc.boolean(),
    isExistingCustomer: fc.boolean(),
  });
  const anyPolicy = fc.constantFrom(policy, first);

  test('nobody refers themselves, and a barred member is never attributed', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (rules, given) => {
        const answer = attribute(rules, given);
        if (!answer.ok) return;
        expect(answer.referrerId).not.toBe(given.referredId);
        expect(given.isAlreadyReferred || given.isExistingCustomer).toBe(false);
      }),
    );
  });

  test('the trace is bounded and shows the winner exactly when there is one', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (rules, given) => {
        const answer = attribute(rules, given);
        const winners = answer.considered.filter((row) => row.rejectedBecause === undefined);
        expect(answer.considered.length).toBeLessThanOrEqual(CONSIDERED_MAX + 1);
        expect(winners.map((row) => row.linkId)).toEqual(answer.ok ? [answer.linkId] : []);
      }),
    );
  });

  test('the order in which touches were read never decides', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (rules, given) => {
        const turned = { ...given, visitorTouches: [...given.visitorTouches].reverse() };
        expect(attribute(rules, turned)).toEqual(attribute(rules, given));
      }),
    );
  });

  test('touches change nothing once a code is named', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (rules, given) => {
        if (given.code === undefined) return;
        const verdict = ({ considered: _, ...rest }: ReturnType<typeof attribute>) => rest;
        expect(verdict(attribute(rules, { ...given, visitorTouches: [], click: undefined }))).toEqual(
          verdict(attribute(rules, given)),
        );
      }),
    );
  });
});
