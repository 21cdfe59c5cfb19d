import { isOnHold } from '../../domain/programs/deciding.ts';
import { attributeTo, checkAttributable, judgeEarlier } from '../../domain/referrals/attribution.ts';
import { lockOpenEvent, type OpenEvent } from '../../engine/events/lock.ts';
import { waitForProgram } from '../../engine/events/wait.ts';
import { whoStays } from '../../engine/members/find.ts';
import { tellActed } from '../../engine/points/acted.ts';
import { countEarlierEvents } from '../../engine/referrals/earlier.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { correctedBy } from './corrected-by.ts';
import { creditSignup } from './credit.ts';
import { refuseEvent } from './refuse.ts';
import { reopenEarlier } from './reopen.ts';
import { lockDecidedSignup } from './signup.ts';
import { signupDetails } from './signup-details.ts';
import { signupFacts } from './signup-facts.ts';
import { type ReferralEventRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';

/**
 * Credits a signup, which was credited to nobody, to the member whom an operator names: as of its own time
 * and by the policy of then, as if it had named that member's code. What the referred member has done since
 * is decided anew. Refuses as `checkAttributable` and `attribute` do. Returns the referral's snapshot.
 */
export function attributeReferral(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const command = await lockOpenEvent(tx, ref);
    return command === null ? await readSnapshot(tx, ref) : await attributeSignup(deps, tx, ref, command);
  });
}

async function attributeSignup(
  deps: ActivityDeps,
  tx: Tx,
  ref: ReferralEventRef,
  { payload }: OpenEvent,
): Promise<ReferralSnapshot> {
  const { programId } = ref;
  const signupId = payload['signup'] ?? '';
  const decided = await lockDecidedSignup(tx, { ...ref, eventId: signupId });
  // What is written from here on is the command's.
  const signup = { ...decided.signup, ref };
  if (isOnHold(signup.programStatus)) {
    await waitForProgram(tx, ref);
    return await readSnapshot(tx, ref);
  }
  const possible = checkAttributable(decided.refusedWith);
  if (!possible.ok) return await refuseEvent(tx, signup, possible);
  const bearable = judgeEarlier(await countEarlierEvents(tx, programId, signup.subject));
  if (!bearable.ok) return await refuseEvent(tx, signup, bearable);
  const { policyVersion } = decided;
  const policy = await deps.policies.load(tx, programId, policyVersion);
  const referredId = signup.referredId ?? nameId('member', programId, signup.subject);
  const link = await tx.link.findFirstOrThrow({
    where: {
      programId,
      memberId: await whoStays(tx, programId, payload['referrerId'] ?? ''),
      kind: 'shared',
    },
    orderBy: { createdAt: 'asc' },
    select: { id: true, memberId: true },
  });
  const claim = { linkId: link.id, referrerId: link.memberId };
  const won = attributeTo(policy.attribution, signupFacts(signup, referredId), claim);
  if (!won.ok) return await refuseEvent(tx, signup, won);
  const after = await creditSignup(tx, {
    signup,
    policy,
    policyVersion,
    referredId,
    won,
    ...signupDetails(signup),
  });
  if (after.stage === null) return after;
  await correctedBy(tx, ref);
  if (after.stage !== 'signed_up' && after.stage !== 'in_review') return after;
  if (signup.engages && after.stage === 'signed_up') await tellActed(tx, programId, signupId);
  await reopenEarlier(tx, { programId, subject: signup.subject, memberId: referredId });
  return after;
}
