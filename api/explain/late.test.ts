import { expect, test } from 'vitest';
import { ranOutIn } from '../../domain/referrals/referral.ts';
import type { Event, Referral } from '../../prisma/generated/client.ts';
import { german } from '../language/de.ts';
import { english } from '../language/en.ts';
import { createSpeaker } from '../language/speaker.ts';
import { explainChange } from './refunds.ts';
import { explainEvent, explainReferral } from './sentences.ts';

/** What an event that comes late changes for others is said in both languages, with the right plurals. */
const en = createSpeaker(english);
const de = createSpeaker(german);
const day = new Date('2026-05-01T00:00:00Z');

const eventOf = (type: string, changes: Partial<Event> = {}) =>
  ({
    type,
    receivedAt: day,
    occurredAt: day,
    payload: {},
    state: 'decided',
    reason: null,
    ...changes,
  }) as Event;

const OVER = 'The referral’s time was over by then, as came to light later.';
const UNKNOWN = 'The referral’s time was over when the refunded event happened.';

test('an action that turned out to be too late says what was refused, why, and what went back', () => {
  const outcome = {
    decision: 'refused',
    code: 'referral_ended',
    message: OVER,
    trace: { ended_by: 'id', reversed: [{ ruleId: 'share', amount: { minor: '250', unit: 'USD' } }] },
  } as const;
  expect(explainEvent(en, eventOf('purchase'), outcome).slice(1)).toEqual([
    `It was refused (referral_ended): ${OVER}`,
    'It was accepted at first. By an event that was decided later the referral’s time ended earlier, ' +
      'and it was too late.',
    'Of what rule “share” granted, $2.50 went back.',
  ]);
  expect(explainEvent(de, eventOf('purchase'), outcome).slice(1)).toEqual([
    'Es wurde abgelehnt (referral_ended): Die Zeit der Empfehlung war da schon vorbei, wie sich später ' +
      'zeigte.',
    'Es war zuerst angenommen. Durch ein später entschiedenes Ereignis endete die Zeit der Empfehlung ' +
      'früher, und es war zu spät.',
    'Von dem, was die Regel „share“ gewährte, wurde zurückgenommen: 2,50\u00a0$.',
  ]);
});

test('a refund of such an action says that what it takes back was too late', () => {
  const outcome = {
    decision: 'refused',
    code: 'refund_of_unknown',
    message: UNKNOWN,
    trace: { ended_by: 'id' },
  } as const;
  expect(explainEvent(en, eventOf('refund'), outcome).slice(1)).toEqual([
    `It was refused (refund_of_unknown): ${UNKNOWN}`,
    'It was accepted at first, and so was what it takes back. By an event that was decided later the ' +
      'referral’s time ended earlier, and what it takes back was too late.',
  ]);
  expect(explainEvent(de, eventOf('refund'), outcome).slice(1)).toEqual([
    'Es wurde abgelehnt (refund_of_unknown): Die Zeit der Empfehlung war schon vorbei, als das ' +
      'erstattete Ereignis geschah.',
    'Es war zuerst angenommen wie auch das, was es zurücknimmt. Durch ein später entschiedenes Ereignis ' +
      'endete die Zeit der Empfehlung früher, und was es zurücknimmt, war zu spät.',
  ]);
});

test.each([
  [{ rewards_moved: 1 }, '1 reward for the referrer’s count has', 'hat 1 Prämie für die Zahl'],
  [{ rewards_moved: 200 }, '200 rewards for the referrer’s count have', 'haben 200 Prämien für die Zahl'],
  [{ referrals_asked: 1 }, '1 other referral is asked', 'wird 1 andere Empfehlung neu gefragt'],
  [{ referrals_asked: 2 }, '2 other referrals are asked', 'werden 2 andere Empfehlungen neu gefragt'],
  [{ actions_asked: 1 }, '1 action of the member was held', 'wurde 1 Aktion des Mitglieds'],
  [{ actions_asked: 2 }, '2 actions of the member were held', 'wurden 2 Aktionen des Mitglieds'],
  [{ numbers_left: 1 }, '1 answer of a rule is left', '1 Antwort einer Regel bleibt'],
  [{ numbers_left: 2 }, '2 answers of rules are left', '2 Antworten von Regeln bleiben'],
])('%j is said with the right plural', (trace, english, german) => {
  expect(explainChange(en, trace).join(' ')).toContain(english);
  expect(explainChange(de, trace).join(' ')).toContain(german);
});

test('what comes back as a refund is taken back is said in German, too', () => {
  const restored = [{ ruleId: 'share', amount: { minor: '250', unit: 'USD' } }];
  expect(explainChange(de, { reinstates: 'id', restored })).toEqual([
    'Es nimmt eine Erstattung zurück; die Handlung zählt, als hätte es diese Erstattung nie gegeben.',
    'Zu dem, was die Regel „share“ gewährte, kam zurück: 2,50\u00a0$.',
  ]);
});

test('an event that is decided anew says so, and one that never was decided does not', () => {
  const open = (decidedAt: Date | null) => eventOf('purchase', { state: 'pending', decidedAt });
  expect(explainEvent(en, open(day), null).at(-1)).toContain('It was decided before and is decided anew');
  expect(explainEvent(de, open(day), null).at(-1)).toContain('Es war schon entschieden und wird neu');
  expect(explainEvent(en, open(null), null).at(-1)).toBe('It is stored and will be decided soon.');
});

const referralOf = (changes: Partial<Referral>) =>
  ({
    ...{ issuedAt: day, policyVersion: 1, signedUpAt: day, verdict: null, reason: null },
    ...{ dueAt: null, endedAt: day, qualifiedAt: null, signals: null },
    ...changes,
  }) as Referral;

test.each([
  ['refunded', 'by an action that was refunded', 'die erstattet wurde'],
  [null, 'by an action that does not count for that any more', 'die dafür nicht mehr zählt'],
])('a referral that had qualified says why it does not any more: %s', (reason, english, german) => {
  const referral = referralOf({ stage: 'signed_up', qualifiedAt: day, reason });
  expect(explainReferral(en, referral, null).join(' ')).toContain(english);
  expect(explainReferral(de, referral, null).join(' ')).toContain(german);
});

test.each(['invited', 'signed_up', 'in_review'] as const)(
  'time that ran out as %s has German words',
  (stage) => {
    const ended = explainReferral(de, referralOf({ stage: 'expired', reason: ranOutIn(stage) }), null);
    expect(ended.join(' ')).toContain('rechtzeitig');
    expect(ended.join(' ')).not.toContain('stage');
  },
);
