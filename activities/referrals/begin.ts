import { randomBytes } from 'node:crypto';
import { codeFrom } from '../../domain/links/code.ts';
import { EMAIL_KEY_RULES } from '../../domain/members/email.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { Attribution } from '../../domain/referrals/attribution.ts';
import { deadlines } from '../../domain/referrals/deadlines.ts';
import type { FraudJudgement } from '../../domain/referrals/fraud.ts';
import type { ReferralStage } from '../../domain/referrals/referral.ts';
import { isKept } from '../../engine/transaction.ts';
import { toJsonText } from '../../platform/hash.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { claimTraces } from './claim-traces.ts';
import { mailboxHash } from './fraud-facts.ts';
import type { LockedSignup } from './signup.ts';
import type { SignupDetails } from './signup-details.ts';

/** An attributed and judged signup, on its way into the database. */
export interface Admission extends SignupDetails {
  readonly signup: LockedSignup;
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly referredId: string;
  readonly won: Extract<Attribution, { ok: true }>;
  readonly judgement: FraudJudgement;
  readonly stage: ReferralStage;
}

/**
 * The common table expressions that store the beginning of a referral. `member` writes the referred member
 * with a link of their own, and can be repeated without effect. `referral` writes a new referral, or
 * completes the invitation that this signup answers.
 */
export function beginning(
  tx: Tx,
  admission: Admission,
): { readonly member: Prisma.Sql; readonly all: Prisma.Sql } {
  const member = memberOf(admission);
  return { member, all: Prisma.sql`${member}, ${referralOf(tx, admission)}` };
}

function memberOf({ signup, referredId, email }: Admission): Prisma.Sql {
  const { programId } = signup.ref;
  const code = codeFrom(randomBytes(64));
  if (code === null) throw new Error('no clean code in 64 random bytes');
  return Prisma.sql`
    member AS (
      INSERT INTO members (program_id, id, external_id, email, email_key, email_key_rules, referral_code,
                           signed_up_at)
      VALUES (${programId}::uuid, ${referredId}::uuid, ${signup.subject}, ${email?.email ?? null},
              ${email?.key ?? null}, ${EMAIL_KEY_RULES}, ${code}, ${new Date(signup.at_ms)}::timestamptz)
      ON CONFLICT (program_id, external_id) DO UPDATE SET signed_up_at = excluded.signed_up_at,
        email = coalesce(members.email, excluded.email),
        email_key = coalesce(members.email_key, excluded.email_key),
        email_key_rules =
          CASE WHEN members.email_key IS NULL THEN excluded.email_key_rules ELSE members.email_key_rules END
      RETURNING program_id, id, referral_code
    ), link AS (
      INSERT INTO links (program_id, id, member_id, code)
      SELECT program_id, ${nameId('link', programId, referredId)}::uuid, id, referral_code FROM member
      ON CONFLICT DO NOTHING
    )`;
}

function referralOf(tx: Tx, admission: Admission): Prisma.Sql {
  const { signup, policyVersion, email, won, judgement, stage } = admission;
  const { ref, payload, at_ms } = signup;
  const { by, reason, considered } = won;
  const { verdict, score, signals } = judgement;
  const at = new Date(at_ms);
  const issued_at_ms = signup.invitation?.issued_at_ms;
  const issuedAt = issued_at_ms === undefined ? null : new Date(issued_at_ms);
  const denied = stage === 'rejected';
  const told = !isKept(tx);
  return Prisma.sql`
    referral AS (
      INSERT INTO referrals (program_id, id, link_id, referrer_id, referred_id, policy_version, stage, reason,
                             attribution, verdict, signals, issued_at, signed_up_at, due_at, ended_at,
                             visitor_id, ip_hash, mailbox_hash, version, is_told, tell_at)
      SELECT program_id, ${ref.referralId}::uuid, ${won.linkId}::uuid, ${won.referrerId}::uuid, id,
             ${policyVersion}, ${stage}::referral_stage, ${denied ? 'fraud_denied' : null},
             ${toJsonText({ by, reason, considered: claimTraces(considered) })}::jsonb, ${verdict},
             ${toJsonText({ score, signals })}::jsonb,
             coalesce(${issuedAt}::timestamptz, (
               SELECT least(created_at, ${at}::timestamptz) FROM links
               WHERE program_id = ${ref.programId}::uuid AND id = ${won.linkId}::uuid)), ${at}::timestamptz,
             ${dueOf(admission)}::timestamptz, ${denied ? new Date(ref.now_ms) : null}::timestamptz,
             ${payload.visitorId ?? null}::uuid, ${payload.ipHash ?? null},
             ${mailboxHash(ref.programId, email)}, 1, ${told}, CASE WHEN NOT ${told} THEN now() END
      FROM member
      ON CONFLICT (program_id, id) DO UPDATE SET referred_id = excluded.referred_id, stage = excluded.stage,
        reason = excluded.reason, attribution = excluded.attribution, verdict = excluded.verdict,
        signals = excluded.signals, signed_up_at = excluded.signed_up_at, due_at = excluded.due_at,
        ended_at = excluded.ended_at, visitor_id = excluded.visitor_id, ip_hash = excluded.ip_hash,
        mailbox_hash = excluded.mailbox_hash, version = referrals.version + 1,
        tell_at = coalesce(excluded.tell_at, referrals.tell_at), updated_at = now()
      RETURNING *
    )`;
}

function dueOf({ signup, policy, stage }: Admission): Date | null {
  const due_at_ms = deadlines(policy, {
    issued_at_ms: signup.invitation?.issued_at_ms ?? signup.at_ms,
    signed_up_at_ms: signup.at_ms,
    qualified_at_ms: null,
    started_at_ms: signup.ref.now_ms,
  })[stage];
  return due_at_ms === null ? null : new Date(due_at_ms);
}
