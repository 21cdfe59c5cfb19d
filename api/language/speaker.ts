import type { MoneyJson } from '../../domain/money.ts';
import { formatAmount } from '../../engine/notices/amount.ts';
import { formatMessage } from '../../engine/notices/message-format.ts';
import type { Codes, SentenceName, SpokenLanguage } from './language.ts';

type Values = Readonly<Record<string, string | number>>;

/** Says things in one language: sentences by their names, and parts of them as its readers write them. */
export interface Speaker {
  /** A sentence, its variables filled in. A variable that has nothing to say is the text `none`. */
  say(name: SentenceName, values?: Values): string;
  /** What a code of a kind is called; one that the language has no word for, as it is, in words. */
  word(kind: keyof Codes, code: string): string;
  /** Why something was refused: the sentence on record if it is in this language, else the code's meaning. */
  why(code: string | undefined, message: string | undefined): string;
  amount(money: MoneyJson): string;
  /** A decimal as readers of the language write it, with all its digits. */
  decimal(number: string): string;
  /** The day of a moment, in UTC. */
  day(date: Date): string;
  /** A moment to the millisecond, in UTC: two that differ never look the same. */
  moment(date: Date): string;
  list(items: readonly string[]): string;
}

/** Sentences on record are written in this language. */
const ON_RECORD = 'en';

/** The text with what was found in place of `$1` and so on. */
const filled = (text: string, found: readonly string[]): string =>
  text.replace(/\$(\d)/g, (_, nth: string) => found[Number(nth)] ?? '');

/** Who speaks a language. */
export function createSpeaker({ locale, points, sentences, codes, details }: SpokenLanguage): Speaker {
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const moments = new Intl.DateTimeFormat(locale, {
    ...{ year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
    ...{ second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23', timeZone: 'UTC' },
    timeZoneName: 'short',
  });
  const decimals = new Intl.NumberFormat(locale, { maximumFractionDigits: 12 });
  const lists = new Intl.ListFormat(locale);
  const word = (kind: keyof Codes, code: string): string =>
    codes[kind].get(code) ?? code.replaceAll('_', ' ');
  return {
    say: (name, values = {}) => formatMessage(sentences[name], locale, values),
    word,
    why(code = '', message = '') {
      if (locale === ON_RECORD) return message === '' ? word('refusals', code) : message;
      const detail = details.find((one) => one.code === code && one.onRecord.test(message));
      if (detail !== undefined) return filled(detail.says, detail.onRecord.exec(message) ?? []);
      return codes.refusals.get(code) ?? message;
    },
    amount: (money) => formatAmount(money, locale, points),
    decimal: (number) => decimals.format(number as Intl.StringNumericLiteral),
    day: (date) => days.format(date),
    moment: (date) => moments.format(date),
    list: (items) => lists.format(items),
  };
}
