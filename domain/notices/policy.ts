import { checkRange, invalid, type Problem } from '../problems.ts';
import { isNoticeKind } from './kinds.ts';
import { isClockTime, type QuietHours } from './quiet-hours.ts';

/** Where a notice appears. */
export interface NoticeChannels {
  readonly inbox: boolean;
  readonly email: boolean;
}

/**
 * A text of the program's own: ICU messages for the subject, which is the inbox's headline too, and the body.
 */
export interface NoticeTemplate {
  readonly subject: string;
  readonly text: string;
}

/** By kind, and by locale: `de`, or `de-AT` where Austria is to read something else. */
export type NoticeTemplates = Readonly<Record<string, Readonly<Record<string, NoticeTemplate>>>>;

/** What members are told, and how. What it does not name is not told. */
export interface NoticePolicy {
  /** When no e-mail leaves, by the member's time zone, or the program's where the member has none. */
  readonly quiet_hours: QuietHours | null;
  /**
   * E-mails that a member gets on one calendar day. Those of the category `service` count, and are not held
   * back.
   */
  readonly email_per_day_max: number;
  readonly kinds: Readonly<Record<string, NoticeChannels>>;
  readonly templates?: NoticeTemplates;
}

const EMAIL_PER_DAY_MAX = 100;
const LOCALES_MAX = 20;
const LOCALE = /^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?$/;
export const SUBJECT_LENGTH_MAX = 200;
export const TEXT_LENGTH_MAX = 4_000;

/** Problems of the section `notices`, but for what templates say: that is for who can parse them. */
export function checkNotices(notices: NoticePolicy | undefined): Problem[] {
  if (notices === undefined) return [];
  const { quiet_hours, email_per_day_max, kinds, templates = {} } = notices;
  return [
    ...checkQuietHours(quiet_hours),
    ...checkRange('notices.email_per_day_max', email_per_day_max, 1, EMAIL_PER_DAY_MAX),
    ...checkKinds('notices.kinds', kinds),
    ...checkKinds('notices.templates', templates),
    ...Object.entries(templates).flatMap(([kind, texts]) => checkTexts(`notices.templates.${kind}`, texts)),
  ];
}

function checkQuietHours(quiet: QuietHours | null): Problem[] {
  if (quiet === null) return [];
  const problems = (['from', 'to'] as const)
    .filter((end) => !isClockTime(quiet[end]))
    .map((end) => invalid(`notices.quiet_hours.${end}`, 'must be a time of day such as 22:00.'));
  if (quiet.from === quiet.to) {
    problems.push(invalid('notices.quiet_hours', 'must end at another time than it begins.'));
  }
  return problems;
}

// A misspelt kind would tell nothing, and nobody would notice. Its name is the caller's text, and is not
// repeated.
function checkKinds(at: string, kinds: Readonly<Record<string, unknown>>): Problem[] {
  return Object.keys(kinds).every(isNoticeKind) ? [] : [invalid(at, 'names a kind that does not exist.')];
}

function checkTexts(at: string, texts: Readonly<Record<string, NoticeTemplate>>): Problem[] {
  const locales = Object.keys(texts);
  if (locales.length < 1 || locales.length > LOCALES_MAX) {
    return [invalid(at, `must have from 1 to ${LOCALES_MAX} locales.`)];
  }
  if (!locales.every((locale) => LOCALE.test(locale))) {
    return [invalid(at, 'must be by locales such as en or de-AT.')];
  }
  return Object.entries(texts).flatMap(([locale, { subject, text }]) => [
    ...checkLength(`${at}.${locale}.subject`, subject, SUBJECT_LENGTH_MAX),
    ...checkLength(`${at}.${locale}.text`, text, TEXT_LENGTH_MAX),
  ]);
}

function checkLength(at: string, text: string, max: number): Problem[] {
  if (text.trim().length > 0 && text.length <= max) return [];
  return [invalid(at, `must be 1 to ${max} characters.`)];
}
