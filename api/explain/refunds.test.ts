import { expect, test } from 'vitest';
import { english } from '../language/en.ts';
import { createSpeaker } from '../language/speaker.ts';
import { explainChange } from './refunds.ts';

const by = createSpeaker(english);

const usd = (minor: string) => ({ minor, unit: 'USD' });

test.each([
  [
    'a refund of all, after which another purchase qualifies the referral',
    {
      full: true,
      reversed: [
        { ruleId: 'share', amount: usd('250') },
        { ruleId: 'first', amount: usd('0') },
      ],
      qualified_by: 'id',
    },
    [
      'Nothing is left of what it takes back.',
      'Of what rule “share” granted, $2.50 went back.',
      'What rule “first” gave was withdrawn.',
      'Another action qualifies the referral in its place.',
    ],
  ],
  [
    'a refund of a part for which nothing had been granted',
    { full: false, reversed: [] },
    ['It takes back a part, and the rest of the event stands.', 'Nothing had been granted for it.'],
  ],
  ['a signup', { attributed_by: 'code' }, []],
  ['an event without a trace', undefined, []],
])('says what was taken back, and what qualifies now: %s', (_what, trace, sentences) => {
  expect(explainChange(by, trace)).toEqual(sentences);
});

test('says that an earlier purchase takes the place of the one that had come before it', () => {
  const trace = { qualifies_instead_of: 'id', reversed: [{ ruleId: 'thanks', amount: usd('1000') }] };
  expect(explainChange(by, trace)).toEqual([
    'It happened before the action that had qualified the referral, and qualifies it instead.',
    'Of what rule “thanks” granted, $10.00 went back.',
  ]);
});

test('says how an earlier purchase moves the numbers of later ones, and why it does not qualify', () => {
  const no = { code: 'below_minimum', message: 'Its value is below $20.00.' };
  expect(explainChange(by, { does_not_qualify: no, qualified_by_number: 'id', numbers_left: 1 })).toEqual([
    'It does not qualify the referral: Its value is below $20.00.',
    'It gives later actions other numbers, by which one of them qualifies the referral now.',
    'It changes more than is done at once: 1 answer of a rule is left to a command that follows.',
  ]);
  expect(explainChange(by, { unqualified_by_number: true })).toEqual([
    'It gives later actions other numbers, by which none qualifies the referral any more.',
  ]);
});

test('says what comes back as a refund is taken back', () => {
  const trace = {
    reinstates: 'id',
    restored: [{ ruleId: 'share', amount: usd('250') }],
    qualifies_instead_of: 'other',
    reversed: [{ ruleId: 'thanks', amount: usd('1000') }],
  };
  expect(explainChange(by, trace)).toEqual([
    'It takes a refund back, so that the action counts as if that refund had never come.',
    '$2.50 came back to what rule “share” granted.',
    'The action happened before the one that had qualified the referral, and qualifies it again.',
    'Of what rule “thanks” granted, $10.00 went back.',
  ]);
});

test('says that an achievement is complete by another action, and stays', () => {
  expect(explainChange(by, { moved_awards: ['week'] })).toEqual([
    'By it, another action or time completes the achievement “week”. The member keeps it.',
  ]);
});
