import { judge } from '../../domain/referrals/fraud.ts';
import { next } from '../../domain/referrals/referral.ts';
import { must } from '../../domain/refusal.ts';
import type { Tx } from '../../prisma/client.ts';
import { admitSignup } from './admit.ts';
import type { Admission } from './begin.ts';
import { fraudFacts } from './fraud-facts.ts';
import type { ReferralSnapshot } from './snapshot.ts';

/** A signup that somebody is credited with, before it is judged. */
type CreditedSignup = Omit<Admission, 'judgement' | 'stage'>;

/** Judges a signup that somebody is credited with, and writes what comes of it. */
export async function creditSignup(tx: Tx, credited: CreditedSignup): Promise<ReferralSnapshot> {
  const { signup, policy, referredId, email, won } = credited;
  const facts = await fraudFacts(tx, signup, { referrerId: won.referrerId, referredId, email });
  const judgement = judge(policy.fraud, facts);
  const stage = must(next(signup.invitation?.standing?.stage ?? null, STEPS[judgement.verdict]));
  return await admitSignup(tx, { ...credited, judgement, stage });
}

/** What the fraud rules' verdict does to the referral. */
const STEPS = { allow: 'sign_up', review: 'review', deny: 'deny' } as const;
