import { randomBytes } from 'node:crypto';
import { type Attribution, attribute } from '../../domain/attribution.ts';
import { codeFrom } from '../../domain/code.ts';
import { normalizeEmail } from '../../domain/email.ts';
import { type FraudJudgement, judge } from '../../domain/fraud.ts';
import type { Policy } from '../../domain/policy.ts';
import { deadlines, isEnd, next, type ReferralStage } from '../../domain/referral.ts';
import { must, refuse } from '../../domain/refusal.ts';
import { decideRewards } from '../../domain/rewards.ts';
import { toJsonText } from '../../platform/hash.ts';
import { nameId } from '../../platform/ids.ts';
import { errorCodes } from '../../platform/log.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { inTransaction } from '../transaction.ts';
import { signupRewardFacts } from './facts.ts';
import { fraudFacts } from './fraud-facts.ts';
import { refuseEvent } from './refuse.ts';
import { grantRewards } from './rewards.ts';
import { type LockedSignup, lockSignup, signupFacts } from './signup-facts.ts';
import { type ReferralEventRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

type Attributed = Extract<Attribution, { ok: true }>;

/** An attributed and judged signup, on its way into the database. */
interface Admission {
  readonly signup: LockedSignup;
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly referredId: string;
  readonly won: Attributed;
  readonly judgement: FraudJudgement;
  readonly stage: ReferralStage;
}

/**
 * Decides a signup: who referred it, whether it may be trusted, and what it earns. On record afterwards: the referred
 * member, the referral in stage signed_up, in_review or rejected, and its rewards; or, when it is refused, only the refusal.
 */
export async function signUp(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  try {
    return await trySignUp(deps, ref);
  } catch (error) {
    // Another workflow signed the same member up at the same time; now it is on record, and this one is refused.
    if (!errorCodes(error).includes(UNIQUE_VIOLATION)) throw error;
    return await trySignUp(deps, ref);
  }
}

/** SQLSTATE unique_violation. */
const UNIQUE_VIOLATION = '23505';

function trySignUp(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const signup = await lockSignup(tx, ref);
    if (signup !== null) {
      const policyVersion = signup.invitation?.policyVersion ?? signup.latestPolicyVersion;
      const policy = await deps.policies.load(tx, ref.programId, policyVersion);
      return await decide(tx, signup, policy, policyVersion);
    }
    return await readSnapshot(tx, ref);
  });
}

async function decide(
  tx: Tx,
  signup: LockedSignup,
  policy: Policy,
  policyVersion: number,
): Promise<ReferralSnapshot> {
  const { ref, subject, payload } = signup;
  if (signup.programStatus !== 'live') {
    return await refuseEvent(tx, signup, refuse('program_not_live', 'The program takes no new referrals.'));
  }
  const referredId = signup.referredId ?? nameId('member', ref.programId, subject);
  const won = attribute(policy.attribution, await signupFacts(tx, signup, referredId));
  if (!won.ok) return await refuseEvent(tx, signup, won);
  if (signup.invitation !== null && isEnd(signup.invitation.stage as ReferralStage)) {
    return await refuseEvent(tx, signup, refuse('link_expired', 'The invitation has ended.'));
  }
  const email = payload.email === undefined ? null : normalizeEmail(payload.email);
  if (email !== null && !email.ok) return await refuseEvent(tx, signup, email);
  const facts = await fraudFacts(tx, signup, won.referrer_id, email?.value ?? null);
  const judgement = judge(policy.fraud, facts);
  const step = { allow: 'sign_up', review: 'review', deny: 'reject' } as const;
  const before = (signup.invitation?.stage ?? null) as ReferralStage | null;
  const stage = must(next(before, step[judgement.verdict]));
  return await admit(tx, { signup, policy, policyVersion, referredId, won, judgement, stage });
}

async function admit(tx: Tx, admission: Admission): Promise<ReferralSnapshot> {
  const { signup, policy, policyVersion, referredId, won, judgement, stage } = admission;
  const { ref, at_ms } = signup;
  const facts = stage === 'signed_up' ? await factsOf(tx, admission) : null;
  await insertReferral(tx, admission);
  const decisions = facts === null ? [] : decideRewards(policy, 'signed_up', facts);
  const granted = await grantRewards(tx, { ref, policy, policyVersion, occurred_at_ms: at_ms }, decisions);
  const denied = stage === 'rejected';
  return await writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    stage,
    reason: denied ? 'fraud_denied' : null,
    ended_at_ms: denied ? ref.now_ms : null,
    rewards: granted.rows,
    outbox: [
      {
        key: `referral.${stage}:${ref.referralId}`,
        subject: `referral:${ref.referralId}`,
        // Whose signup counts is concerned too; one that is denied or in review is not told of it.
        members: stage === 'signed_up' ? [won.referrer_id, referredId] : [won.referrer_id],
        type: `referral.${stage}`,
        payload: {
          referralId: ref.referralId,
          referrerId: won.referrer_id,
          referredId,
          eventId: ref.eventId,
        },
      },
      ...granted.messages,
    ],
    decided: {
      eventId: ref.eventId,
      subject: signup.subject,
      outcome: {
        decision: denied ? 'refused' : 'accepted',
        ...(denied && {
          code: 'fraud_denied' as const,
          message: 'The signup was refused by the program’s fraud rules.',
        }),
        referralId: ref.referralId,
        stage,
        rewards: granted.outcomes,
        trace: { attributed_by: won.by, reason: won.reason, considered: won.considered, fraud: judgement },
      },
    },
  });
}

function factsOf(tx: Tx, { signup, policy, won, referredId }: Admission) {
  return signupRewardFacts(tx, {
    programId: signup.ref.programId,
    policy,
    referrerId: won.referrer_id,
    referredId,
    occurred_at_ms: signup.at_ms,
    now_ms: signup.ref.now_ms,
  });
}

/** The referred member with a link of their own, and the referral: new, or an invitation's that is now answered. */
async function insertReferral(tx: Tx, admission: Admission): Promise<void> {
  const { signup, policy, policyVersion, referredId, won, judgement, stage } = admission;
  const { ref, payload, at_ms, invitation } = signup;
  const email = payload.email === undefined ? null : must(normalizeEmail(payload.email));
  const code = codeFrom(randomBytes(64));
  if (code === null) throw new Error('no clean code in 64 random bytes');
  const at = new Date(at_ms);
  const due_at_ms = deadlines(policy, {
    issued_at_ms: invitation?.issued_at_ms ?? at_ms,
    signed_up_at_ms: at_ms,
    qualified_at_ms: null,
    started_at_ms: ref.now_ms,
  })[stage];
  await tx.$executeRaw`
    WITH member AS (
      INSERT INTO members (program_id, id, external_id, email, email_key, referral_code, signed_up_at)
      VALUES (${ref.programId}::uuid, ${referredId}::uuid, ${signup.subject}, ${email?.email ?? null}, ${email?.key ?? null}, ${code}, ${at}::timestamptz)
      ON CONFLICT (program_id, external_id) DO UPDATE SET signed_up_at = excluded.signed_up_at,
        email = coalesce(members.email, excluded.email), email_key = coalesce(members.email_key, excluded.email_key)
      RETURNING program_id, id, referral_code
    ), link AS (
      INSERT INTO links (program_id, id, member_id, code)
      SELECT program_id, ${nameId('link', ref.programId, referredId)}::uuid, id, referral_code FROM member
      ON CONFLICT DO NOTHING
    )
    INSERT INTO referrals (program_id, id, link_id, referrer_id, referred_id, policy_version, stage, attribution, verdict, signals,
                           issued_at, signed_up_at, due_at, visitor_id, ip_hash)
    SELECT program_id, ${ref.referralId}::uuid, ${won.link_id}::uuid, ${won.referrer_id}::uuid, id, ${policyVersion},
           ${stage}::referral_stage, ${toJsonText({ by: won.by, reason: won.reason, considered: won.considered })}::jsonb,
           ${judgement.verdict}, ${toJsonText({ score: judgement.score, signals: judgement.signals })}::jsonb,
           (SELECT least(created_at, ${at}::timestamptz) FROM links
            WHERE program_id = ${ref.programId}::uuid AND id = ${won.link_id}::uuid), ${at}::timestamptz,
           ${due_at_ms === null ? null : new Date(due_at_ms)}::timestamptz, ${payload.visitorId ?? null}::uuid, ${payload.ipHash ?? null}
    FROM member
    ON CONFLICT (program_id, id) DO UPDATE SET referred_id = excluded.referred_id, stage = excluded.stage, attribution = excluded.attribution,
      verdict = excluded.verdict, signals = excluded.signals, signed_up_at = excluded.signed_up_at, due_at = excluded.due_at,
      visitor_id = excluded.visitor_id, ip_hash = excluded.ip_hash, updated_at = now()`;
}
