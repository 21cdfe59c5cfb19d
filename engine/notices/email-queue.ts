import type { NoticeCategory } from '../../domain/notices/kinds.ts';
import type { Tx } from '../../prisma/client.ts';

/** An e-mail in the queue, locked. */
export interface QueuedEmail {
  readonly programId: string;
  readonly noticeId: string;
  readonly memberId: string;
  readonly category: NoticeCategory;
  readonly queuedAt: Date;
  /** When it began to be handed over; null: it has not. */
  readonly begunAt: Date | null;
  readonly attempts: number;
}

/** Locks the e-mail that is due the longest and that no other sender holds; null when none is due. */
export async function lockDueEmail(tx: Tx, now: Date): Promise<QueuedEmail | null> {
  const [row] = await tx.$queryRaw<QueuedEmail[]>`
    SELECT program_id::text AS "programId", notice_id::text AS "noticeId", member_id::text AS "memberId",
           category::text, queued_at AS "queuedAt", begun_at AS "begunAt", attempts
    FROM notice_emails WHERE state IN ('pending', 'sending') AND due_at <= ${now}::timestamptz
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED`;
  return row ?? null;
}

interface EmailMove {
  readonly state: 'pending' | 'in_doubt' | 'suppressed' | 'given_up';
  readonly reason: string | null;
  readonly due_at_ms?: number;
}

/** Writes an e-mail's new state; its time stays where none is given. */
export async function moveEmail(
  tx: Tx,
  { programId, noticeId }: QueuedEmail,
  { state, reason, due_at_ms }: EmailMove,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE notice_emails SET state = ${state}::email_state, reason = ${reason},
      due_at = coalesce(${due_at_ms === undefined ? null : new Date(due_at_ms)}::timestamptz, due_at)
    WHERE program_id = ${programId}::uuid AND notice_id = ${noticeId}::uuid`;
}
