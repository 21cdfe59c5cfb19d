import type { NormalEmail } from '../../domain/members/email.ts';
import { mailKind } from '../../domain/members/mail-kind.ts';
import type { FraudFacts } from '../../domain/referrals/facts.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { sha256 } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { isDisposable } from './disposable.ts';
import type { LockedSignup } from './signup.ts';

/** Earlier referrals whose e-mail domains are compared; the latest say most. */
const EARLIER_MAX = 200;

interface Row {
  readonly referrerEmailKey: string | null;
  readonly isKnown: boolean | null;
  hour: number;
  day: number;
  week: number;
  visitor: number;
  ip: number;
  readonly isDomainSeen: boolean;
}

/** Whose signup is judged: its two members, and the new member's e-mail, if it is known. */
interface JudgedMembers {
  readonly referrerId: string;
  readonly referredId: string;
  readonly email: NormalEmail | null;
}

/** How a referral keeps its member's mailbox: to compare, when the member has another or none by now. */
export const mailboxHash = (programId: string, email: NormalEmail | null): string | null =>
  email === null ? null : sha256(`${programId} ${email.key}`).slice(0, 32);

/**
 * Returns what fraud rules ask about a signup and its referrer, as of the signup's own time; whether the
 * mailbox is known, as of now. Counts include the signup itself. A fact that cannot be known is null. Locks
 * the mailbox, so that of two signups at once one knows of the other.
 */
export async function fraudFacts(
  tx: Tx,
  signup: LockedSignup,
  { referrerId, referredId, email }: JudgedMembers,
): Promise<FraudFacts> {
  const { ref, at_ms, payload } = signup;
  const kind = email === null ? null : mailKind(email.domain);
  // Strangers share any other kind of domain, so its other members say nothing and are not read.
  const domain = kind === 'private' && email !== null ? email.domain : null;
  const [row] = await tx.$queryRaw<Row[]>`
    SELECT m.email_key AS "referrerEmailKey",
           mailbox_known(m.program_id, ${email?.key ?? null}, ${mailboxHash(ref.programId, email)},
                         ${referredId}::uuid) AS "isKnown",
           c.*, ${domain}::text IS NOT NULL AND EXISTS (
        SELECT FROM (
          SELECT x.email_key
          FROM referrals r JOIN members x ON x.program_id = r.program_id AND x.id = r.referred_id
          WHERE r.program_id = m.program_id AND r.referrer_id = m.id AND x.email_key IS NOT NULL
            AND r.id <> ${ref.referralId}::uuid
          ORDER BY r.signed_up_at DESC LIMIT ${EARLIER_MAX}) d
        WHERE split_part(d.email_key, '@', 2) = ${domain}) AS "isDomainSeen"
    FROM members m, LATERAL (
      SELECT count(*) FILTER (WHERE signed_up_at > ${new Date(at_ms - HOUR_MS)}::timestamptz)::int AS hour,
             count(*) FILTER (WHERE signed_up_at > ${new Date(at_ms - DAY_MS)}::timestamptz)::int AS day,
             count(*) FILTER (WHERE signed_up_at > ${new Date(at_ms - 7 * DAY_MS)}::timestamptz)::int AS week,
             count(*) FILTER (WHERE visitor_id = ${payload.visitorId ?? null}::uuid)::int AS visitor,
             count(*) FILTER (WHERE ip_hash = ${payload.ipHash ?? null})::int AS ip
      FROM referrals
      WHERE program_id = m.program_id AND referrer_id = m.id
        AND signed_up_at <= ${new Date(at_ms)}::timestamptz AND id <> ${ref.referralId}::uuid) c
    WHERE m.program_id = ${ref.programId}::uuid AND m.id = ${referrerId}::uuid`;
  if (row === undefined) throw new Error(`referrer ${referrerId} does not exist`);
  return {
    referred_email_key: email?.key ?? null,
    referrer_email_key: row.referrerEmailKey,
    email_known: row.isKnown,
    earlier_referred_domains: domain !== null && row.isDomainSeen ? [domain] : [],
    email_disposable: email === null ? null : isDisposable(email.domain),
    email_kind: kind,
    signups_last_hour: row.hour + 1,
    signups_last_day: row.day + 1,
    signups_last_week: row.week + 1,
    same_visitor_referrals: payload.visitorId === undefined ? null : row.visitor,
    same_ip_referrals: payload.ipHash === undefined ? null : row.ip,
  };
}
