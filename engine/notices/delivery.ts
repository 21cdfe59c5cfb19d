import { retryAt } from '../../domain/notices/email.ts';
import type { Database } from '../../prisma/client.ts';
import type { EmailRef } from './claim.ts';

/**
 * Records that the message itself is about to be handed over; from here on it may have left, even if this
 * process dies. Returns false when another sender holds the claim, or when the member has unsubscribed; then
 * the caller hands nothing over.
 */
export async function beginEmail(db: Database, ref: EmailRef, now_ms: number): Promise<boolean> {
  const updatedCount = await db.$executeRaw`
    UPDATE notice_emails e SET begun_at = ${new Date(now_ms)}::timestamptz
    WHERE program_id = ${ref.programId}::uuid AND notice_id = ${ref.noticeId}::uuid
      AND state = 'sending' AND attempts = ${ref.attempt} AND begun_at IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM notice_preferences f
        WHERE f.program_id = e.program_id AND f.member_id = e.member_id
            AND f.category = e.category AND NOT f.email)`;
  return updatedCount === 1;
}

/** How a sending ended, as far as we know. */
export type Sending =
  | { readonly result: 'sent' }
  /** The server refused for good, with its code; or the e-mail could not be made. */
  | { readonly result: 'failed'; readonly reason: string }
  /**
   * Nothing was taken, and trying again may help: refused for now, no connection, or the claim was no longer
   * ours.
   */
  | { readonly result: 'deferred'; readonly reason: string }
  /** It was being handed over, and no answer came. */
  | { readonly result: 'in_doubt'; readonly reason: string };

/**
 * Stores how a sending ended, if the claim is still the latest. An answer that arrives after the e-mail was
 * marked as in doubt still settles it. Returns whether the result was stored.
 */
export async function settleEmail(
  db: Database,
  ref: EmailRef,
  sending: Sending,
  now_ms: number,
): Promise<boolean> {
  const settled = await db.$executeRaw`
    UPDATE notice_emails SET
      state = ${STATES[sending.result]}::email_state,
      reason = ${sending.result === 'sent' ? null : sending.reason},
      sent_at = ${sending.result === 'sent' ? new Date(now_ms) : null}::timestamptz,
      begun_at = CASE WHEN ${sending.result === 'deferred'} THEN NULL ELSE begun_at END,
      due_at = ${new Date(sending.result === 'deferred' ? retryAt(now_ms, ref.attempt) : now_ms)}::timestamptz
    WHERE program_id = ${ref.programId}::uuid AND notice_id = ${ref.noticeId}::uuid
      AND state IN ('sending', 'in_doubt') AND attempts = ${ref.attempt}`;
  return settled === 1;
}

const STATES = {
  sent: 'sent',
  failed: 'failed',
  deferred: 'pending',
  in_doubt: 'in_doubt',
} as const satisfies Record<Sending['result'], string>;
