import { describe, expect, it } from 'vitest';
import type { Money } from '../../domain/money.ts';
import { pointsFor } from '../../domain/points/award.ts';
import { type AgainFacts, judgeAgain } from '../../domain/referrals/again.ts';
import { FRAUD_SIGNALS } from '../../domain/referrals/fraud-signal.ts';
import { checkTakenBack } from '../../domain/referrals/reinstate.ts';
import { remainderOf } from '../../domain/referrals/remainder.ts';
import { type Result, refuse } from '../../domain/refusal.ts';
import { benefitAmount } from '../../domain/rewards/benefit.ts';
import { usesIn } from '../../engine/notices/message-format.ts';
import { ReferralStage } from '../../prisma/generated/client.ts';
import { testRule } from '../../tests/support/seed.ts';
import { languageField, speakerFor } from './asked.ts';
import { german } from './de.ts';
import { english } from './en.ts';
import { SENTENCE_NAMES, type SentenceName } from './language.ts';
import { createSpeaker } from './speaker.ts';
import { explainStep } from './steps.ts';

const speakers = { en: createSpeaker(english), de: createSpeaker(german) };

/** The names of the variables of a sentence. */
const variablesOf = ({ sentences, locale }: typeof english, name: SentenceName) =>
  [...new Set(usesIn(sentences[name], locale).map((use) => use.name))].sort();

describe('the sentences of explanations', () => {
  it.each(SENTENCE_NAMES)('%s says the same in German and in English, by the same facts', (name) => {
    expect(variablesOf(german, name)).toEqual(variablesOf(english, name));
  });

  it.each([
    ['en', 1, '1 qualified referral', '1 point'],
    ['en', 2, '2 qualified referrals', '2 points'],
    ['en', 0, '0 qualified referrals', '0 points'],
    ['en', 1_250, '1,250 qualified referrals', '1,250 points'],
    ['de', 1, '1 qualifizierte Empfehlung', '1 Punkt'],
    ['de', 2, '2 qualifizierte Empfehlungen', '2 Punkte'],
    ['de', 1_250, '1.250 qualifizierte Empfehlungen', '1.250 Punkte'],
  ] as const)('%s has the right plural of %i', (language, count, referrals, points) => {
    const by = speakers[language];
    expect(by.say('count.referrals', { count })).toBe(referrals);
    expect(by.say('count.points', { points: count })).toBe(points);
  });

  it('write numbers in a row, amounts and days as readers of the language do', () => {
    const facts = { type: 'purchase', value: 'none' };
    const saw = (language: 'en' | 'de', nth: number, count: number) =>
      speakers[language].say('saw.event', { ...facts, nth, count });
    expect(saw('en', 1, 1)).toBe(
      'It looked at the 1st “purchase” of the referred member, with 1 qualified referral of the referrer.',
    );
    expect(saw('en', 12, 22)).toContain('the 12th “purchase”');
    expect(saw('en', 22, 0)).toContain(
      'the 22nd “purchase” of the referred member, with 0 qualified referrals',
    );
    expect(saw('de', 1, 1)).toBe(
      'Geprüft wurde das 1. Ereignis „purchase“ der geworbenen Person, bei 1 qualifizierten Empfehlung der ' +
        'werbenden Person.',
    );
    const money = { minor: '123450', unit: 'EUR' };
    expect(speakers.en.amount(money)).toBe('€1,234.50');
    expect(speakers.de.amount(money)).toBe('1.234,50\u00a0€');
    expect(speakers.en.day(new Date('2026-05-01T23:59:59Z'))).toBe('May 1, 2026');
    expect(speakers.de.day(new Date('2026-05-01T23:59:59Z'))).toBe('01.05.2026');
    expect(speakers.de.list(['a', 'b', 'c'])).toBe('a, b und c');
  });

  it.each([english, german])('have words for every fraud signal: $locale', ({ codes }) => {
    expect([...codes.signals.keys()]).toEqual(FRAUD_SIGNALS);
  });

  it('have German words for every stage of a referral', () => {
    expect([...german.codes.stages.keys()].sort()).toEqual(Object.keys(ReferralStage).sort());
  });

  it('tell moments apart that differ by a millisecond', () => {
    for (const by of Object.values(speakers)) {
      const [first, second] = [1, 2].map((ms) => by.moment(new Date(Date.UTC(2026, 0, 1) + ms)));
      expect(first).not.toBe(second);
    }
  });

  it('say in German what a refusal means, and in English what is on record', () => {
    const message = 'This rule grants at most 3 times in all.';
    expect(speakers.en.why('cap_reached', message)).toBe(message);
    expect(speakers.de.why('cap_reached', message)).toBe('Diese Regel gewährt insgesamt höchstens 3-mal.');
    expect(speakers.de.why('cap_reached', '')).toBe('Die Obergrenze der Regel ist erreicht.');
  });
});

describe('a refusal on record that says more than its code', () => {
  const usd = (minor: bigint) => ({ minor, unit: 'USD' });
  const of = (eventValue: bigint | null, refund: Money | null, before = 0n) =>
    remainderOf({
      eventValue: eventValue === null ? null : usd(eventValue),
      refundValue: refund,
      refunded_before_minor: before,
    });
  const gone = { taken: usd(5n), isGone: true, refundValue: null };
  const open = { ...gone, isGone: false };

  const eur = (minor: bigint) => ({ minor, unit: 'EUR' });
  const share = { kind: 'percentage', rate_bp: 1, cap: null } as const;
  const again = (changes: Partial<AgainFacts>) =>
    judgeAgain(testRule(), {
      ...{ amount_minor: 1n, partOf: null, isGranted: false, isTakenByHand: false, stage: 'qualified' },
      ...{ isRecipient: true, isBlocked: false, action: null, qualifiedCount: 1, entitled_minor: 0n },
      granted: { amount_minor: 0n, count: 0 },
      ...changes,
    });

  it.each([
    [of(100n, usd(90n), 70n), '30'],
    [of(100n, { minor: 1n, unit: 'EUR' }), 'USD', 'EUR'],
    [of(100n, null, 100n)],
    [of(null, usd(1n))],
    [checkTakenBack(gone)],
    [checkTakenBack({ ...open, refundValue: usd(3n) })],
    [checkTakenBack({ ...open, refundValue: usd(9n) }), '5'],
    [checkTakenBack({ ...open, refundValue: { minor: 5n, unit: 'EUR' } }), 'USD', 'EUR'],
    [again({ isGranted: true })],
    [again({ isTakenByHand: true })],
    [again({ stage: 'rejected' })],
    [pointsFor({ kind: 'per_value', points: 1, per: usd(1n), rounding: 'down' }, eur(1n)), 'USD', 'EUR'],
    [benefitAmount(share, 'USD', { eventValue: eur(1n), qualifiedCount: 1 }), 'USD', 'EUR'],
    [refuse('order_known', 'This order came before, under the key “a$1”.'), 'a$1'],
  ])('%j says in German what it says in English, and names the same', (...example) => {
    const [result, ...named] = example as unknown as readonly [Result<unknown>, ...string[]];
    if (result.ok) throw new Error('this is no refusal');
    const said = speakers.de.why(result.code, result.message);
    expect(said).not.toBe(german.codes.refusals.get(result.code));
    for (const name of named) expect([result.message, said].every((text) => text.includes(name))).toBe(true);
  });

  it.each(german.details)('$code names in German whatever $onRecord names', ({ onRecord, says }) => {
    const groups = (new RegExp(`${onRecord.source}|`).exec('')?.length ?? 1) - 1;
    const used = new Set([...says.matchAll(/\$(\d)/g)].map(([, nth]) => Number(nth)));
    expect([...used].sort()).toEqual(Array.from({ length: groups }, (_, at) => at + 1));
  });
});

describe('a check that came to an amount', () => {
  const step = { step: 'amount', passed: true, result: '245' };
  it('says it as an amount, and a count as a count', () => {
    const said = (language: 'en' | 'de', unit: string) =>
      explainStep(speakers[language], step, (minor) => speakers[language].amount({ minor, unit }));
    expect(said('en', 'USD')).toBe('Check “amount”: passed ($2.45).');
    expect(said('de', 'EUR')).toBe('Prüfung „Betrag“: bestanden (2,45\u00a0€).');
    const failed = { step: 'amount', passed: false, result: 'zero_amount' };
    expect(explainStep(speakers.en, failed, String)).toBe('Check “amount”: failed (zero amount).');
  });
});

describe('the language of an explanation', () => {
  const spoken = (header: string | undefined, asked?: 'en' | 'de') => {
    const request = { headers: header === undefined ? {} : { 'accept-language': header } };
    return speakerFor(asked, request as Parameters<typeof speakerFor>[1])
      .say('event.pending')
      .slice(0, 2);
  };

  it.each([
    [undefined, 'It'],
    ['', 'It'],
    ['de', 'Es'],
    ['de-AT,de;q=0.9,en;q=0.8', 'Es'],
    ['fr-FR, fr;q=0.9, de;q=0.5, en;q=0.4', 'Es'],
    ['en-US,en;q=0.9,de;q=0.8', 'It'],
    ['de;q=0', 'It'],
    ['de;q=0.2, *;q=0.5', 'It'],
    ['xx;;;q=,,,', 'It'],
    [`${'fr,'.repeat(10_000)}de`, 'It'],
  ])('for %j begins with %s', (header, word) => {
    expect(spoken(header)).toBe(word);
  });

  it('is that of the input before that of the header', () => {
    expect(spoken('de', 'en')).toBe('It');
    expect(spoken('en', 'de')).toBe('Es');
    expect(languageField.language.safeParse('fr').success).toBe(false);
  });
});
