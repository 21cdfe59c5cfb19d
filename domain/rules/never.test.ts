import { describe, expect, it, test } from 'vitest';
import { money } from '../money.ts';
import { checkCondition } from './check.ts';
import { compileCondition } from './condition.ts';

type Property = string | number | boolean;

/** What a condition says of an event with this property, where it can be evaluated. */
function holds(source: string, p: Property): boolean | 'fails' {
  const condition = compileCondition(source);
  if (!condition.ok) return 'fails';
  const result = condition.value({
    event: { type: 'purchase', value: money(50n, 'USD'), ordinal: 2, properties: { p, a: p } },
    referral: { referred_id: 'm2', days_since_signup: 3 },
    referrer: { id: 'm1', qualified_count: 7 },
  });
  return result.ok ? result.value : 'fails';
}

const messageOf = (source: string): string | undefined => checkCondition('at', source)[0]?.message;

const PROPERTIES: readonly Property[] = [5, 0, 2.5, -1, 'a', '', '10', 'true', true, false];
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];
const ARITHMETIC = ['+', '-', '*', '/', '%'];
const LITERALS = [
  '10',
  '10.0',
  '10u',
  "'a'",
  'true',
  'null',
  "b'a'",
  '[1, 2]',
  "['a']",
  "{'a': 1}",
  'event.value',
];

const conditions = LITERALS.flatMap((literal) => [
  ...[...COMPARISONS, 'in', '&&', '||'].flatMap((operator) => [
    `event.properties.p ${operator} ${literal}`,
    `${literal} ${operator} event.properties.p`,
  ]),
  ...ARITHMETIC.flatMap((operator) => [
    `event.properties.p ${operator} ${literal} != event.properties.p`,
    `${literal} ${operator} event.properties.p != event.properties.p`,
  ]),
  `event.properties.p[${literal}] == 1`,
  `event.properties[${literal}] == 1`,
  `(event.properties.p == 1 ? ${literal} : ${literal}) == event.properties.p`,
]);

test.each(conditions)(
  '%s is refused when it is published, or can be evaluated for some property',
  (source) => {
    const answers = PROPERTIES.map((property) => holds(source, property));
    if (messageOf(source) === undefined) expect(answers.some((answer) => answer !== 'fails')).toBe(true);
    else expect(answers).not.toContain(true);
  },
);

describe('a number of a property beside a literal', () => {
  it.each(
    ['10', '10.0', '10u'].flatMap((ten) => [
      [`event.properties.p * ${ten} > 25`, true],
      [`${ten} * event.properties.p == 50`, true],
      [`event.properties.p + ${ten} == 15`, true],
      [`${ten} - event.properties.p == 5`, true],
      [`event.properties.p / ${ten} == 0.5`, true],
      [`event.properties.p % ${ten} == 5`, true],
      [`event.properties.p - ${ten} == 5`, false],
      [`event.properties.p < ${ten}`, true],
      [`event.properties.p <= ${ten}`, true],
      [`event.properties.p > ${ten}`, false],
      [`event.properties.p >= ${ten}`, false],
      [`event.properties.p == ${ten}`, false],
      [`event.properties.p != ${ten}`, true],
      [`event.properties.p in [${ten}]`, false],
    ]) as [string, boolean][],
  )('%s is %s for 5', (source, expected) => {
    expect(messageOf(source)).toBeUndefined();
    expect(holds(source, 5)).toBe(expected);
  });

  it('keeps whole numbers apart from doubles where they cannot be told apart as doubles', () => {
    expect(holds('9007199254740993 == event.properties.p', 9_007_199_254_740_992)).toBe(false);
    expect(holds('event.value * event.properties.p == 125', 2.5)).toBe(true);
    expect(holds('event.value * 1.5 == 75 && event.ordinal == 2.0', 1)).toBe(true);
  });
});

describe('a condition that fails for every event is refused, and its part is named', () => {
  it.each([
    [
      'event.ordinal == 1 || event.properties.p.startsWith(10)',
      'startsWith(10)` never works: it fails whether',
    ],
    ['has(event.properties.p) && event.properties.p == null', 'write `!has(event.properties.p)`'],
    ["event.properties.p == ['a', 'b']", 'write `event.properties.p in […]`'],
    ["event.type == 'x' && 'a' in event.properties.p", '`"a" in event.properties.p` never works'],
    ['event.properties.p.plan == 1', 'a text, a number, or true or false, and has no parts'],
    ['event.properties[7] == 1', 'write it in quotes'],
    ['event.properties.p in event.properties.q', 'it fails whether each property'],
    ["event.ordinal > int('many')", '`int("many")` never works: it fails whatever the event is.'],
    ['1 / 0 == event.ordinal', 'it fails whatever the event is.'],
  ])('%s', (source, part) => {
    expect(messageOf(source)).toContain(part);
  });

  it.each([
    'event.properties.p && event.properties.q == 1',
    'event.properties[event.type] * 2 > 1',
    'int(event.properties.p) % 2 == 0',
    'event.properties.p < event.properties.q && event.properties.p.contains(event.properties.r)',
    "!has(event.properties.p) || event.properties.p != 'a'",
    'size(event.properties) > 1',
    '1 / (event.ordinal - 1) > 0',
    'false',
  ])('%s may be evaluated, and is not', (source) => {
    expect(messageOf(source)).toBeUndefined();
  });
});
