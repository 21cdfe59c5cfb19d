import type { MoneyJson } from '../../domain/money.ts';
import { type NoticeKind, variablesOf } from '../../domain/notices/kinds.ts';
import type { NoticeParams } from '../../domain/notices/notice.ts';
import type { NoticeTemplate, NoticeTemplates } from '../../domain/notices/policy.ts';
import { formatAmount } from './amount.ts';
import { formatMessage } from './message-format.ts';
import { de } from './templates/de.ts';
import { en } from './templates/en.ts';
import type { Language } from './templates/template.ts';

/** Languages with a text for every notice. Readers of other languages get English. */
export const LANGUAGES: Readonly<Record<string, Language>> = { en, de };

export interface NoticeToRender {
  readonly kind: NoticeKind;
  readonly params: NoticeParams;
  readonly locale: string;
  /** The program's name. */
  readonly program: string;
  /** Texts of the program's own. */
  readonly templates: NoticeTemplates | undefined;
  /** Where the notice leads, for the kinds that lead somewhere. */
  readonly url: string;
}

export interface RenderedNotice {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  /** The locale that it is written in. */
  readonly locale: string;
}

/** The built-in language for a locale, and the locale to write amounts in. */
export function languageOf(locale: string): { readonly language: Language; readonly locale: string } {
  const canonicalLocale = canonical(locale);
  const language = canonicalLocale === null ? undefined : LANGUAGES[canonicalLocale.language];
  return canonicalLocale === null || language === undefined
    ? { language: en, locale: 'en' }
    : { language, locale: canonicalLocale.toString() };
}

function canonical(locale: string): Intl.Locale | null {
  try {
    return new Intl.Locale(locale);
  } catch {
    return null;
  }
}

/** A program's own text: for the very locale, else its language and region, else its language. */
function ownTemplate(own: Readonly<Record<string, NoticeTemplate>> | undefined, locale: string) {
  const canonicalLocale = canonical(locale);
  if (own === undefined || canonicalLocale === null) return null;
  const { language, region } = canonicalLocale;
  const names = [
    canonicalLocale.baseName,
    ...(region === undefined ? [] : [`${language}-${region}`]),
    language,
  ];
  const found = names.flatMap((name) => (Object.hasOwn(own, name) ? (own[name] ?? []) : []))[0];
  return found === undefined ? null : { template: found, locale: canonicalLocale.toString() };
}

/**
 * The text of a notice in the reader's language: the program's own where it has one, else the built-in one,
 * else the English.
 */
export function renderNotice(notice: NoticeToRender): RenderedNotice {
  const { kind, templates } = notice;
  const { language, locale: builtinLocale } = languageOf(notice.locale);
  const own = templates?.[kind];
  const english = language === en ? ownTemplate(own, 'en') : null;
  const { template, locale } = ownTemplate(own, notice.locale) ??
    english ?? { template: language.kinds[kind], locale: builtinLocale };
  const values = valuesOf(notice, locale);
  return {
    subject: formatMessage(template.subject, locale, values).replace(/\s+/gu, ' ').trim(),
    text: formatMessage(template.text, locale, values).trim(),
    locale,
  };
}

function valuesOf(notice: NoticeToRender, locale: string): Record<string, string | number> {
  const { language } = languageOf(locale);
  const { program, url, params } = notice;
  const allParams: NoticeParams = { ...params, program, url };
  return Object.fromEntries(
    Object.entries(variablesOf(notice.kind)).map(([name, type]) => {
      const value = allParams[name];
      if (value === undefined) throw new Error(`a notice of kind ${notice.kind} has no ${name}`);
      if (type === 'money') return [name, amountOf(value, locale, language.points)];
      return [name, type === 'number' ? Number(value) : String(value)];
    }),
  );
}

/** Badges and perks have no amount. */
function amountOf(value: string | number | MoneyJson, locale: string, points: string): string {
  return typeof value === 'object' ? formatAmount(value, locale, points) : '';
}
