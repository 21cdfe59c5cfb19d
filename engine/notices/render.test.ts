import { describe, expect, it } from 'vitest';
import type { MoneyJson } from '../../domain/money.ts';
import { NOTICE_KINDS, type NoticeKind, variablesOf } from '../../domain/notices/kinds.ts';
import { formatAmount } from './amount.ts';
import { usesIn } from './message-format.ts';
import { LANGUAGES, languageOf, renderNotice } from './render.ts';

type Samples = Readonly<Record<string, string | number | MoneyJson>>;
type Sample = Parameters<typeof renderNotice>[0];

/** Values that each lead through another branch of the templates. */
const SAMPLES: readonly Samples[] = [
  { benefit: 'credit', label: '', amount: { minor: '125000', unit: 'EUR' }, status: 'held', nth: 1, rank: 1 },
  { benefit: 'badge', label: '<Founder & “Co”>', amount: '', status: 'available', nth: 2, rank: 2 },
  { benefit: 'perk', label: 'Early access', amount: '', status: 'available', nth: 21, rank: 103 },
  {
    benefit: 'credit',
    label: '',
    amount: { minor: '1', unit: 'PTS' },
    status: 'available',
    nth: 11,
    rank: 12,
  },
];
const NAMES = {
  season: 'Spring',
  milestone: 'Ten friends',
  level: 'Gold',
  achievement: 'Streak',
  improvement: 'Faster payouts',
};

const notice = (kind: NoticeKind, params: Samples, locale: string, changes: Partial<Sample> = {}) => ({
  kind,
  params: { ...NAMES, ...params },
  locale,
  program: 'Shop {x}',
  templates: undefined,
  url: 'https://engine.example/x',
  ...changes,
});

/** Only where there is a choice of what was won may there be no amount. */
const fitting = (kind: NoticeKind, sample: Samples): Samples =>
  'benefit' in variablesOf(kind) ? sample : { ...sample, amount: { minor: '1250', unit: 'USD' } };

const every = Object.keys(LANGUAGES).flatMap((locale) =>
  NOTICE_KINDS.flatMap((kind) => SAMPLES.map((sample) => [kind, locale, sample] as const)),
);

describe('the built-in texts', () => {
  it.each(every)('%s in %s says all it has to, in plain sentences, of %o', (kind, locale, sample) => {
    const { subject, text, locale: written } = renderNotice(notice(kind, fitting(kind, sample), locale));
    expect(written).toBe(locale);
    expect(subject).not.toMatch(/\n|\{(?!x\})|undefined|NaN|null/);
    expect(text).not.toMatch(/\{(?!x\})|undefined|NaN|null| {2}/);
    expect(subject.length).toBeLessThan(120);
    if ('url' in variablesOf(kind)) expect(text).toContain('https://engine.example/x');
  });

  it.each(NOTICE_KINDS)('%s names in each language every variable that it has, and no other', (kind) => {
    for (const [locale, { kinds }] of Object.entries(LANGUAGES)) {
      const named = [kinds[kind].subject, kinds[kind].text].flatMap((message) => usesIn(message, locale));
      const expected = Object.keys(variablesOf(kind));
      expect([...new Set(named.map(({ name }) => name))].sort()).toEqual(expected.sort());
    }
  });

  it('a missing variable is an error, and not a gap in a sentence', () => {
    expect(() => renderNotice(notice('level.reached', { level: undefined as never }, 'en'))).toThrow(
      /has no level/,
    );
  });
});

describe('the reader’s language', () => {
  const available = { amount: { minor: '125050', unit: 'EUR' } };

  it.each([
    ['en', 'Now yours to use: €1,250.50'],
    ['en-GB', 'Now yours to use: €1,250.50'],
    ['de', 'Jetzt verfügbar: 1.250,50 €'],
    ['de-AT', 'Jetzt verfügbar: € 1.250,50'],
    ['fr', 'Now yours to use: €1,250.50'],
    ['not a locale', 'Now yours to use: €1,250.50'],
  ])('%s', (locale, subject) => {
    const rendered = renderNotice(notice('reward.available', available, locale));
    expect(rendered.subject.replace(/\u00a0/g, ' ')).toBe(subject);
  });

  it('counts as the language does', () => {
    const subjects = [1, 2, 3, 4, 11, 21, 1_000].map(
      (nth) => renderNotice(notice('referral.qualified', { nth }, 'en')).subject,
    );
    expect(subjects.map((it) => /Your (\S+)/.exec(it)?.[1])).toEqual([
      '1st',
      '2nd',
      '3rd',
      '4th',
      '11th',
      '21st',
      '1,000th',
    ]);
    expect(renderNotice(notice('referral.qualified', { nth: 1 }, 'de')).text).toContain(
      'deine erste erfolgreiche',
    );
    expect(renderNotice(notice('referral.qualified', { nth: 2 }, 'de')).text).toContain(
      '2 erfolgreiche Empfehlungen',
    );
  });
});

describe('amounts', () => {
  const of = (minor: string, unit: string, locale: string) =>
    formatAmount({ minor, unit }, locale, languageOf(locale).language.points).replace(/[\u00a0\u202f]/g, ' ');

  it.each([
    ['1250', 'USD', 'en', '$12.50'],
    ['5', 'USD', 'en', '$0.05'],
    ['1250', 'JPY', 'en', '¥1,250'],
    ['1250', 'KWD', 'en', 'KWD 1.250'],
    ['12345', 'CLF', 'de', '1,2345 CLF'],
    ['999999999999999', 'USD', 'en', '$9,999,999,999,999.99'],
    ['1', 'PTS', 'en', '1 point'],
    ['1250', 'PTS', 'en', '1,250 points'],
    ['1250', 'PTS', 'de', '1.250 Punkte'],
    ['1', 'PTS', 'de', '1 Punkt'],
    ['7', 'PTS_KARMA', 'de', '7 KARMA'],
  ])('%s %s in %s is %s', (minor, unit, locale, expected) => {
    expect(of(minor, unit, locale)).toBe(expected);
  });
});

describe('a program’s own texts', () => {
  const own = (locale: string) => ({ subject: `${locale}: {level}`, text: 'At {program}.' });
  const templates = { 'level.reached': { en: own('en'), fr: own('fr'), 'fr-CA': own('fr-CA') } };

  it.each([
    ['fr-CA', 'fr-CA: Gold'],
    ['fr-FR', 'fr: Gold'],
    ['en-US', 'en: Gold'],
    ['es', 'en: Gold'],
    ['de', 'Du bist jetzt Gold'],
  ])('are used for %s where there are some, else the built-in, else the English', (locale, subject) => {
    expect(renderNotice(notice('level.reached', {}, locale, { templates })).subject).toBe(subject);
  });

  it('never get more than one line into a subject, whatever a name holds', () => {
    const label = 'A\r\nBcc: all@example.com';
    const { subject } = renderNotice(notice('reward.granted', { ...SAMPLES[1], label }, 'en'));
    expect(subject).not.toMatch(/[\r\n]/);
  });
});
