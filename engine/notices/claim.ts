import type { EmailVerdict } from '../../domain/notices/email.ts';
import type { NoticeCategory, NoticeKind } from '../../domain/notices/kinds.ts';
import type { NoticeParams } from '../../domain/notices/notice.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Policies } from '../policies/in-force.ts';
import { inTransaction, type Transactor } from '../transaction.ts';
import { lockDueEmail, moveEmail, type QueuedEmail } from './email-queue.ts';
import { judgeQueued, readEmailFacts } from './judge-email.ts';

/** A lost sender's claim ends after this, which is longer than any sending takes. */
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

/**
 * The result of a look at the queue: nothing due, an e-mail to send, or one that is decided without sending.
 */
export type EmailClaim =
  | { readonly result: 'nothing' }
  | { readonly result: 'send'; readonly email: ClaimedEmail }
  | { readonly result: 'suppressed' | 'postponed' | 'given_up' | 'in_doubt' };

export interface ClaimOptions {
  readonly now_ms: number;
  /** The domain of Message-IDs; null when there is no server to send by. */
  readonly domain: string | null;
}

/**
 * Takes the longest due e-mail out of the queue and decides, in one transaction, whether it may leave now.
 * One that was being handed over when its sender was lost is in doubt, and only an operator sends it again;
 * one that was claimed and not begun is judged anew. Any number of senders may claim at once: the daily cap
 * holds, as the e-mails of one member are judged one after the other.
 */
export function claimEmail(
  deps: Transactor & { readonly policies: Policies },
  options: ClaimOptions,
): Promise<EmailClaim> {
  return inTransaction(deps, async (tx): Promise<EmailClaim> => {
    const queued = await lockDueEmail(tx, new Date(options.now_ms));
    if (queued === null) return { result: 'nothing' };
    if (queued.begunAt === null) return await claimQueued(tx, deps.policies, queued, options);
    await moveEmail(tx, queued, { state: 'in_doubt', reason: 'no_answer' });
    return { result: 'in_doubt' };
  });
}

async function claimQueued(
  tx: Tx,
  policies: Policies,
  queued: QueuedEmail,
  { now_ms, domain }: ClaimOptions,
): Promise<EmailClaim> {
  const { programId, noticeId, memberId, category } = queued;
  await tx.$queryRaw`
    SELECT pg_advisory_xact_lock(hashtextextended(${`notice_emails ${memberId}`}, 0))::text`;
  const facts = await readEmailFacts(tx, queued);
  const policy = facts.version === null ? null : await policies.load(tx, programId, facts.version);
  const verdict = await judgeQueued(tx, { queued, facts, policy, now_ms, domain });
  const { kind, params, locale, address, program } = facts;
  if (verdict.do !== 'send' || policy === null || domain === null || address === null) {
    return await withhold(tx, queued, verdict);
  }
  const messageId = `${noticeId}@${domain}`;
  const attempt = queued.attempts + 1;
  await tx.$executeRaw`
    UPDATE notice_emails SET state = 'sending', attempts = ${attempt}, message_id = ${messageId},
      claimed_at = ${new Date(now_ms)}::timestamptz,
      due_at = ${new Date(now_ms + EMAIL_LEASE_MS)}::timestamptz
    WHERE program_id = ${programId}::uuid AND notice_id = ${noticeId}::uuid`;
  const ref = { programId, noticeId, attempt };
  const email = { ...ref, memberId, category, kind, params, locale, address, program, policy, messageId };
  return { result: 'send', email };
}

async function withhold(tx: Tx, queued: QueuedEmail, verdict: EmailVerdict): Promise<EmailClaim> {
  switch (verdict.do) {
    case 'send':
      throw new Error(`the e-mail of notice ${queued.noticeId} has nothing to be sent with`);
    case 'postpone':
      await moveEmail(tx, queued, { state: 'pending', reason: null, due_at_ms: verdict.until_ms });
      return { result: 'postponed' };
    case 'suppress':
      await moveEmail(tx, queued, { state: 'suppressed', reason: verdict.reason });
      return { result: 'suppressed' };
    case 'give_up':
      await moveEmail(tx, queued, { state: 'given_up', reason: verdict.reason });
      return { result: 'given_up' };
  }
}
