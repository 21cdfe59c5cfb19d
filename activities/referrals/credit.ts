import { normalizeEmail } from '../../domain/members/email.ts';
import { judge } from '../../domain/referrals/fraud.ts';
import { next } from '../../domain/referrals/referral.ts';
import { must } from '../../domain/refusal.ts';
import type { Tx } from '../../prisma/client.ts';
import { admitSignup } from './admit.ts';
import type { Admission } from './begin.ts';
import { fraudFacts } from './fraud-facts.ts';
import { refuseEvent } from './refuse.ts';
import type { ReferralSnapshot } from './snapshot.ts';

/** A signup that somebody is credited with. */
type CreditedSignup = Pick<Admission, 'signup' | 'policy' | 'policyVersion' | 'referredId' | 'won'>;

/** Judges a signup that somebody is credited with, and writes what comes of it. */
export async function creditSignup(tx: Tx, credited: CreditedSignup): Promise<ReferralSnapshot> {
  const { signup, policy, referredId, won } = credited;
  const given = signup.payload.email ?? signup.memberEmail;
  const read = given === null ? null : normalizeEmail(given);
  if (read !== null && !read.ok) return await refuseEvent(tx, signup, read);
  const email = read?.value ?? null;
  const facts = await fraudFacts(tx, signup, { referrerId: won.referrerId, referredId, email });
  const judgement = judge(policy.fraud, facts);
  const stage = must(next(signup.invitation?.stage ?? null, STEPS[judgement.verdict]));
  return await admitSignup(tx, { ...credited, email, judgement, stage });
}

/** What the fraud rules' verdict does to the referral. */
const STEPS = { allow: 'sign_up', review: 'review', deny: 'reject' } as const;
