import { dayBounds } from '../../domain/calendar.ts';
import { type EmailVerdict, judgeEmail } from '../../domain/notices/email.ts';
import type { NoticeKind } from '../../domain/notices/kinds.ts';
import type { NoticeParams } from '../../domain/notices/notice.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { latestVersion } from '../policies/latest.ts';
import type { QueuedEmail } from './email-queue.ts';

/** What an e-mail is made from and judged by, besides its place in the queue. */
export interface QueuedEmailFacts {
  readonly address: string | null;
  readonly zone: string;
  /** The program's name. */
  readonly program: string;
  /** The version of the policy in force; null: there is none. */
  readonly version: number | null;
  readonly isSubscribed: boolean;
  readonly kind: NoticeKind;
  readonly params: NoticeParams;
  readonly locale: string;
}

/** Reads what stands behind an e-mail. Throws when its notice does not exist. */
export async function readEmailFacts(
  tx: Tx,
  { programId, noticeId, category }: QueuedEmail,
): Promise<QueuedEmailFacts> {
  const [facts] = await tx.$queryRaw<QueuedEmailFacts[]>`
    SELECT m.email AS address, coalesce(m.time_zone, p.time_zone) AS zone, p.name AS program,
           n.kind, n.params, m.locale, ${latestVersion(Prisma.sql`p.id`)} AS version,
           coalesce(f.email, true) AS "isSubscribed"
    FROM notices n
    JOIN members m ON m.program_id = n.program_id AND m.id = n.member_id
    JOIN programs p ON p.id = n.program_id
    LEFT JOIN notice_preferences f ON f.program_id = n.program_id AND f.member_id = n.member_id
      AND f.category = ${category}::notice_category
    WHERE n.program_id = ${programId}::uuid AND n.id = ${noticeId}::uuid`;
  if (facts === undefined) throw new Error(`notice ${noticeId} does not exist`);
  return facts;
}

interface ToJudge {
  readonly queued: QueuedEmail;
  readonly facts: QueuedEmailFacts;
  readonly policy: Policy | null;
  readonly now_ms: number;
  /** Null when there is no server to send by. */
  readonly domain: string | null;
}

/** Whether an e-mail may leave now, by the policy in force and by what left for its member today. */
export async function judgeQueued(
  tx: Tx,
  { queued, facts, policy, now_ms, domain }: ToJudge,
): Promise<EmailVerdict> {
  const { starts_at_ms, ends_at_ms } = dayBounds(now_ms, facts.zone);
  const section = policy?.notices;
  const [sent] = await tx.$queryRaw<{ today: number }[]>`
    SELECT count(*)::int AS today FROM notice_emails
    WHERE program_id = ${queued.programId}::uuid AND member_id = ${queued.memberId}::uuid
      AND notice_id <> ${queued.noticeId}::uuid
      AND claimed_at >= ${new Date(starts_at_ms)}::timestamptz AND state IN ('sending', 'sent', 'in_doubt')`;
  return judgeEmail({
    category: queued.category,
    queued_at_ms: queued.queuedAt.getTime(),
    now_ms,
    told: section?.kinds[facts.kind]?.email === true,
    subscribed: facts.isSubscribed,
    has_address: facts.address !== null,
    has_server: domain !== null,
    quiet_hours: section?.quiet_hours ?? null,
    zone: facts.zone,
    email_per_day_max: section?.email_per_day_max ?? 0,
    sent_today: sent?.today ?? 0,
    tomorrow_at_ms: ends_at_ms,
  });
}
