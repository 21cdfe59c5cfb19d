import { describe, expect, it } from 'vitest';
import { FRAUD_SIGNALS } from '../../domain/referrals/fraud-signal.ts';
import { usesIn } from '../../engine/notices/message-format.ts';
import { ReferralStage } from '../../prisma/generated/client.ts';
import { languageField, speakerFor } from './asked.ts';
import { german } from './de.ts';
import { english } from './en.ts';
import { SENTENCE_NAMES, type SentenceName } from './language.ts';
import { createSpeaker } from './speaker.ts';

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
    expect(speakers.de.why('cap_reached', message)).toBe('Die Obergrenze der Regel ist erreicht.');
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
