import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time.ts';
import type { NoticeCategory } from './kinds.ts';
import { type QuietHours, quietUntil } from './quiet-hours.ts';

/** How far an e-mail has got. */
export const EMAIL_STATES = [
  'pending',
  'sending',
  'sent',
  'in_doubt',
  'suppressed',
  'failed',
  'given_up',
] as const;

export type EmailState = (typeof EMAIL_STATES)[number];

/** What moves an e-mail on. */
const STEPS: readonly (readonly [EmailState, EmailState, string])[] = [
  ['pending', 'sending', 'claim'],
  ['pending', 'pending', 'postpone'],
  ['pending', 'suppressed', 'suppress'],
  ['pending', 'given_up', 'give_up'],
  ['sending', 'sent', 'accepted'],
  ['sending', 'pending', 'refused_for_now'],
  ['sending', 'pending', 'lease_ended'],
  ['sending', 'failed', 'refused_for_good'],
  ['sending', 'in_doubt', 'no_answer'],
  ['in_doubt', 'sent', 'resolve_sent'],
  ['in_doubt', 'pending', 'resolve_resend'],
  ['failed', 'pending', 'resolve_resend'],
  ['given_up', 'pending', 'resolve_resend'],
];

/** The states of an e-mail as a Mermaid state diagram. */
export function emailDiagram(): string {
  const ends = EMAIL_STATES.filter((state) => !STEPS.some(([from]) => from === state));
  return [
    'stateDiagram-v2',
    '  [*] --> pending: queue',
    ...STEPS.map(([from, to, step]) => `  ${from} --> ${to}: ${step}`),
    ...ends.map((state) => `  ${state} --> [*]`),
    '',
  ].join('\n');
}

/** An e-mail that could not leave within this is old news; the inbox has it. */
export const GIVE_UP_AFTER_MS = 3 * DAY_MS;
/** The rest after the first refusal for now, doubling. A greylisting server wants a few minutes. */
const RETRY_FIRST_MS = 2 * MINUTE_MS;
const RETRY_MAX_MS = 4 * HOUR_MS;

/** What is asked before an e-mail leaves. Times in ms since 1970. */
export interface EmailFacts {
  readonly category: NoticeCategory;
  /** Since when it waits: its first moment, or the last word of an operator. */
  readonly queued_at_ms: number;
  readonly now_ms: number;
  /** The policy in force still has e-mail for this kind. */
  readonly told: boolean;
  /** The member has not unsubscribed from the category. */
  readonly subscribed: boolean;
  readonly has_address: boolean;
  /** There is a mail server, or a local mailbox. */
  readonly has_server: boolean;
  readonly quiet_hours: QuietHours | null;
  readonly zone: string;
  readonly email_per_day_max: number;
  /** E-mails that left for the member on this calendar day, or may have. */
  readonly sent_today: number;
  /** When the member's next calendar day begins. */
  readonly tomorrow_at_ms: number;
}

export type EmailVerdict =
  | { readonly do: 'send' }
  | { readonly do: 'postpone'; readonly until_ms: number }
  | {
      readonly do: 'suppress';
      readonly reason: 'not_told' | 'unsubscribed' | 'no_address' | 'no_server' | 'capped';
    }
  | { readonly do: 'give_up'; readonly reason: 'too_late' };

/** Whether an e-mail may leave now, and if not, what becomes of it. */
export function judgeEmail(facts: EmailFacts): EmailVerdict {
  const { now_ms, queued_at_ms, category } = facts;
  if (!facts.told) return { do: 'suppress', reason: 'not_told' };
  if (!facts.subscribed) return { do: 'suppress', reason: 'unsubscribed' };
  if (!facts.has_address) return { do: 'suppress', reason: 'no_address' };
  if (!facts.has_server) return { do: 'suppress', reason: 'no_server' };
  const gives_up_at_ms = queued_at_ms + GIVE_UP_AFTER_MS;
  if (now_ms >= gives_up_at_ms) return { do: 'give_up', reason: 'too_late' };
  const quiet_until_ms = quietUntil(now_ms, facts.quiet_hours, facts.zone);
  if (quiet_until_ms > now_ms) return { do: 'postpone', until_ms: quiet_until_ms };
  if (category === 'service' || facts.sent_today < facts.email_per_day_max) return { do: 'send' };
  const until_ms = quietUntil(facts.tomorrow_at_ms, facts.quiet_hours, facts.zone);
  return until_ms < gives_up_at_ms ? { do: 'postpone', until_ms } : { do: 'suppress', reason: 'capped' };
}

/**
 * When to try again after the server refused for now for the `attempts`th time: 2 minutes, doubling to 4
 * hours.
 */
export function retryAt(now_ms: number, attempts: number): number {
  return now_ms + Math.min(RETRY_FIRST_MS * 2 ** Math.max(0, Math.min(attempts, 20) - 1), RETRY_MAX_MS);
}
