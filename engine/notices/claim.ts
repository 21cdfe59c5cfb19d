import { dayBounds } from '../../domain/calendar.ts';
import type { EmailVerdict } from '../../domain/notices/email.ts';
import { judgeEmail } from '../../domain/notices/email.ts';
import type { NoticeCategory, NoticeKind } from '../../domain/notices/kinds.ts';
import type { NoticeParams } from '../../domain/notices/notice.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Policies } from '../policies/in-force.ts';
import { latestVersion } from '../policies/latest.ts';
import { inTransaction, type Transactor } from '../transaction.ts';

/** Whoever claims an e-mail and does not come back has lost it after this; longer than any sending may take. */
export const EMAIL_LEASE_MS = 5 * MINUTE_MS;

export interface EmailRef {
  readonly programId: string;
  readonly noticeId: string;
  /** The claim's number: a later claim takes the e-mail away from this one. */
  readonly attempt: number;
}

/** An e-mail that is ours to send, with all that it is made from. */
export interface ClaimedEmail extends EmailRef {
  readonly memberId: string;
  readonly category: NoticeCategory;
  readonly kind: NoticeKind;
  readonly params: NoticeParams;
  readonly locale: string;
  /** Read now, and kept no longer than the sending takes. */
  readonly address: string;
  readonly program: string;
  readonly policy: Policy;
  readonly messageId: string;
}

/** What a look at the queue came to: nothing was due, an e-mail to send, or one that was decided without sending. */
export type Claim =
  | { readonly result: 'nothing' }
  | { readonly result: 'send'; readonly email: ClaimedEmail }
  | { readonly result: 'suppressed' | 'postponed' | 'given_up' | 'in_doubt' };

export interface ClaimOptions {
  readonly now_ms: number;
  /** The domain of Message-IDs; null when there is no server to send by. */
  readonly domain: string | null;
}

interface Row {
  program_id: string;
  notice_id: string;
  member_id: string;
  category: NoticeCategory;
  state: 'pending' | 'sending';
  queued_at: Date;
  begun_at: Date | null;
  attempts: number;
}

interface Facts {
  email: string | null;
  zone: string;
  program: string;
  version: number | null;
  subscribed: boolean;
  kind: NoticeKind;
  params: NoticeParams;
  locale: string;
}

/**
 * Takes the longest due e-mail out of the queue and decides, in one transaction, whether it may leave now. One that was being
 * handed over when its sender was lost is in doubt, and is not sent again by itself; one that was claimed and not begun is
 * judged anew. Any number of senders may claim at once: the daily cap holds, as one member's are judged one after the other.
 */
export function claimEmail(
  deps: Transactor & { readonly policies: Policies },
  { now_ms, domain }: ClaimOptions,
): Promise<Claim> {
  const now = new Date(now_ms);
  return inTransaction(deps, async (tx): Promise<Claim> => {
    const [row] = await tx.$queryRaw<Row[]>`
      SELECT program_id::text, notice_id::text, member_id::text, category::text, state::text, queued_at, begun_at, attempts
      FROM notice_emails WHERE state IN ('pending', 'sending') AND due_at <= ${now}::timestamptz
      ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED`;
    if (row === undefined) return { result: 'nothing' };
    if (row.begun_at !== null) {
      await move(tx, row, { state: 'in_doubt', reason: 'no_answer' });
      return { result: 'in_doubt' };
    }
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`notice_emails ${row.member_id}`}, 0))::text`;
    const facts = await readFacts(tx, row);
    const programId = row.program_id;
    const { version } = facts;
    const policy = version === null ? null : await deps.policies.load(tx, programId, version);
    const verdict = await judge(tx, { row, facts, policy, now_ms, domain });
    if (verdict.do !== 'send' || policy === null || domain === null || facts.email === null)
      return await withhold(tx, row, verdict);
    const messageId = `${row.notice_id}@${domain}`;
    const attempt = row.attempts + 1;
    await tx.$executeRaw`
      UPDATE notice_emails SET state = 'sending', attempts = ${attempt}, claimed_at = ${now}::timestamptz, message_id = ${messageId},
        due_at = ${new Date(now_ms + EMAIL_LEASE_MS)}::timestamptz
      WHERE program_id = ${programId}::uuid AND notice_id = ${row.notice_id}::uuid`;
    const { kind, params, locale, email: address, program } = facts;
    const { notice_id: noticeId, member_id: memberId, category } = row;
    const ref = { programId, noticeId, attempt };
    const email = { ...ref, memberId, category, kind, params, locale, address, program, policy, messageId };
    return { result: 'send', email };
  });
}

async function readFacts(tx: Tx, { program_id, notice_id, category }: Row): Promise<Facts> {
  const [facts] = await tx.$queryRaw<Facts[]>`
    SELECT m.email, coalesce(m.time_zone, p.time_zone) AS zone, p.name AS program, n.kind, n.params, m.locale,
           ${latestVersion(Prisma.sql`p.id`)} AS version,
           coalesce(f.email, true) AS subscribed
    FROM notices n
    JOIN members m ON m.program_id = n.program_id AND m.id = n.member_id
    JOIN programs p ON p.id = n.program_id
    LEFT JOIN notice_preferences f ON f.program_id = n.program_id AND f.member_id = n.member_id AND f.category = ${category}::notice_category
    WHERE n.program_id = ${program_id}::uuid AND n.id = ${notice_id}::uuid`;
  if (facts === undefined) throw new Error(`notice ${notice_id} does not exist`);
  return facts;
}

interface ToJudge {
  readonly row: Row;
  readonly facts: Facts;
  readonly policy: Policy | null;
  readonly now_ms: number;
  readonly domain: string | null;
}

async function judge(tx: Tx, { row, facts, policy, now_ms, domain }: ToJudge): Promise<EmailVerdict> {
  const { zone } = facts;
  const { starts_at_ms, ends_at_ms } = dayBounds(now_ms, zone);
  const section = policy?.notices;
  const [sent] = await tx.$queryRaw<{ today: number }[]>`
    SELECT count(*)::int AS today FROM notice_emails
    WHERE program_id = ${row.program_id}::uuid AND member_id = ${row.member_id}::uuid AND notice_id <> ${row.notice_id}::uuid
      AND claimed_at >= ${new Date(starts_at_ms)}::timestamptz AND state IN ('sending', 'sent', 'in_doubt')`;
  return judgeEmail({
    category: row.category,
    queued_at_ms: row.queued_at.getTime(),
    now_ms,
    told: section?.kinds[facts.kind]?.email === true,
    subscribed: facts.subscribed,
    has_address: facts.email !== null,
    has_server: domain !== null,
    quiet_hours: section?.quiet_hours ?? null,
    zone,
    email_per_day_max: section?.email_per_day_max ?? 0,
    sent_today: sent?.today ?? 0,
    tomorrow_at_ms: ends_at_ms,
  });
}

async function withhold(tx: Tx, row: Row, verdict: EmailVerdict): Promise<Claim> {
  switch (verdict.do) {
    case 'send':
      throw new Error(`the e-mail of notice ${row.notice_id} has nothing to be sent with`);
    case 'postpone':
      await move(tx, row, { state: 'pending', reason: null, due_at_ms: verdict.until_ms });
      return { result: 'postponed' };
    case 'suppress':
      await move(tx, row, { state: 'suppressed', reason: verdict.reason });
      return { result: 'suppressed' };
    case 'give_up':
      await move(tx, row, { state: 'given_up', reason: verdict.reason });
      return { result: 'given_up' };
  }
}

interface Move {
  readonly state: 'pending' | 'in_doubt' | 'suppressed' | 'given_up';
  readonly reason: string | null;
  readonly due_at_ms?: number;
}

async function move(
  tx: Tx,
  { program_id, notice_id }: Pick<Row, 'program_id' | 'notice_id'>,
  { state, reason, due_at_ms }: Move,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE notice_emails SET state = ${state}::email_state, reason = ${reason},
      due_at = coalesce(${due_at_ms === undefined ? null : new Date(due_at_ms)}::timestamptz, due_at)
    WHERE program_id = ${program_id}::uuid AND notice_id = ${notice_id}::uuid`;
}
