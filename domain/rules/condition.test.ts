import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { money } from '../money.ts';
import {
  asksForCount,
  asksForNumber,
  asksForSignup,
  CONDITION_LENGTH_MAX,
  type ConditionFacts,
  compileCondition,
} from './condition.ts';

const FACTS: ConditionFacts = {
  event: {
    type: 'purchase',
    value: money(1250n, 'USD'),
    ordinal: 2,
    properties: { plan: 'pro', seats: 5, trial: false, constructor: 'own', size: 3 },
  },
  referral: { referred_id: 'm2', days_since_signup: 3.7 },
  referrer: { id: 'm1', qualified_count: 7 },
};
const NO_VALUE: ConditionFacts = { ...FACTS, event: { ...FACTS.event, value: null } };

function run(source: string, facts = FACTS): boolean | string {
  const condition = compileCondition(source);
  if (!condition.ok) return condition.code;
  const result = condition.value(facts);
  return result.ok ? result.value : `when run: ${result.code}`;
}

describe('conditions', () => {
  it.each([
    ['event.value >= 1250 && event.unit == "USD"', true],
    ['event.properties.plan == "pro"', true],
    ['event.properties["seats"] >= 5', true],
    ['event.properties.constructor == "own"', true],
    ['event.properties.plan in ["free", "pro"]', true],
    ['event.properties.plan.startsWith("pr")', true],
    ['has(event.properties.coupon)', false],
    ['!event.properties.trial', true],
    ['referrer.qualified_count > 7', false],
    ['referral.days_since_signup == 3', true],
    ['event.ordinal == 2 ? true : false', true],
  ])('%s is %s', (source, expected) => {
    expect(run(source)).toBe(expected);
  });

  it.each([
    ['event.value >= '],
    ['event.vlaue > 10'],
    ['program.id == "x"'],
    ['event.value > "ten"'],
    ['event.value'],
    ['event.type'],
    ['event.type.matches("(a+)+$")'],
    ['[1, 2].all(x, x > 0)'],
    ['cel.bind(a, event.type, a == "x")'],
    ['event.type.split("") == []'],
    [''],
  ])('%j does not compile', (source) => {
    expect(run(source)).toBe('condition_invalid');
  });

  it('a missing property and an absent value refuse when run, and never read as zero', () => {
    expect(run('event.properties.coupon == "x"')).toBe('when run: condition_invalid');
    expect(run('event.value < 100', NO_VALUE)).toBe('when run: condition_invalid');
    expect(run('has(event.value) && event.value < 100', NO_VALUE)).toBe(false);
  });

  it('an expression that turns out not to be a boolean refuses when run', () => {
    expect(run('event.properties.plan')).toBe('when run: condition_invalid');
  });

  it('a source above the limit is refused, one at the limit is not', () => {
    const atLimit = `true${' '.repeat(CONDITION_LENGTH_MAX - 4)}`;
    expect(run(atLimit)).toBe(true);
    expect(run(`${atLimit} `)).toBe('condition_invalid');
  });

  it('any source is compiled or refused, never thrown on, however deep', () => {
    fc.assert(fc.property(fc.string({ maxLength: 60 }), (source) => void compileCondition(source)));
    expect(run(`${'('.repeat(400)}true${')'.repeat(400)}`)).toBe('condition_invalid');
    expect(run(`${'!'.repeat(900)}true`)).toBe('condition_invalid');
  });

  it.each([
    'event.ordinal == 1',
    'event.type == "purchase" && (event.value > 5 || event.ordinal > 1)',
    'has(event.ordinal)',
    'event["ordinal"] == 2',
    'event["ord" + "inal"] == 2',
    'event["\\u006frdinal"] == 2',
    '(true ? event : event).ordinal == 2',
    '{"a": event}.a.ordinal == 2',
    '[event][0].ordinal == 2',
  ])('%s asks for the event’s number, however it does', (source) => {
    expect(run(source)).not.toBe('condition_invalid');
    expect(asksForNumber(source)).toBe(true);
  });

  it.each([
    null,
    'event.value > 5',
    'event["type"] == "ordinal"',
    'event.properties.ordinal == 1',
    'has(event.properties.event) && event.properties["ordinal"] == 1',
    'referrer.qualified_count == 1',
    'nonsense.ordinal == 1',
  ])('%s does not ask for it', (source) => {
    expect(asksForNumber(source)).toBe(false);
  });

  it.each([
    'referrer.qualified_count >= 3',
    'referrer["qualified" + "_count"] == 2',
    '(event.ordinal == 1 ? referrer : referrer).qualified_count == 1',
    '[referrer][0].qualified_count == 2',
  ])('%s asks for the referrer’s count, however it does', (source) => {
    expect(run(source)).not.toBe('condition_invalid');
    expect(asksForCount(source)).toBe(true);
  });

  it.each([
    'referrer.qualified_count >= 3',
    'referrer.id != ""',
    'referral["days_since_signup"] < 7',
    '[referral][0].days_since_signup == 2',
  ])('%s asks for what the signup says, however it does', (source) => {
    expect(run(source)).not.toBe('condition_invalid');
    expect(asksForSignup(source)).toBe(true);
  });

  it.each([null, 'event.ordinal == 1', 'referral.referred_id == "m2"', 'nonsense.id == 1'])(
    '%s does not ask for it',
    (source) => {
      expect(asksForSignup(source)).toBe(false);
    },
  );

  it.each([null, 'event.ordinal == 1', 'referrer.id == "qualified_count"', 'nonsense.qualified_count == 1'])(
    '%s does not ask for the count',
    (source) => {
      expect(asksForCount(source)).toBe(false);
    },
  );

  it('the cache gives one compiled condition for one source and forgets the least recently used', () => {
    const first = compileCondition('event.ordinal == 1000');
    expect(compileCondition('event.ordinal == 1000')).toBe(first);
    for (let i = 0; i < 512; i += 1) compileCondition(`event.ordinal == ${i}`);
    expect(compileCondition('event.ordinal == 1000')).not.toBe(first);
  });
});
