import { z } from 'zod';
import { checkAttributable, judgeEarlier } from '../../domain/referrals/attribution.ts';
import { checkMove, judgeMoveLoad } from '../../domain/referrals/move.ts';
import { next } from '../../domain/referrals/referral.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { subjectFor } from '../../engine/members/find.ts';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { countEarlierEvents } from '../../engine/referrals/earlier.ts';
import { moveLoad } from '../../engine/referrals/move-load.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import { fail, notFound, unwrap } from '../http/errors.ts';
import { type Operator, sendCommand } from '../trpc/commands.ts';
import { findMember } from '../trpc/lookups.ts';
import { decidedMutation } from '../trpc/procedures.ts';
import { externalId, id, requiredNote, waitMs } from '../trpc/schemas.ts';
import { oneMember, REFERRER } from '../trpc/which-member.ts';
import { reviewAnswer } from './schema.ts';

const cancellation = z.strictObject({ id, note: requiredNote, wait_ms: waitMs });

const attribution = oneMember(
  { ...REFERRER, about: 'The member who referred them.' },
  {
    externalId: externalId.meta({ description: "The host's own id of the member who signed up." }),
    note: requiredNote,
    wait_ms: waitMs,
  },
);

const moving = oneMember(
  { ...REFERRER, about: 'The member whose it is to be.' },
  {
    id,
    note: requiredNote,
    wait_ms: waitMs,
  },
);

/** An operator's word on a referral that is under way or over: each a command to its workflow. */
export const referralCorrections = {
  cancel: decidedMutation()
    .meta({
      rest: 'cancelReferral POST /referrals/{id}/cancel',
      doc:
        'Ends a referral for good, as when fraud is found late: it becomes `rejected`, all that it brought ' +
        'goes back, of the signup too, and it leaves the count and the boards of its referrer. What still ' +
        'comes for it is refused. Its workflow carries this out: `wait_ms` waits for its decision, and ' +
        '`eventId` leads to it later, as with `explain.event`. Refuses with `stage_forbids` a referral in ' +
        'review, which `referrals.reject` ends, and with `referral_ended` one that is rejected already.',
    })
    .input(cancellation)
    .output(reviewAnswer)
    .mutation(({ ctx, input }) => sendCancel(ctx, input)),

  attribute: decidedMutation()
    .meta({
      rest: 'attributeReferral POST /referrals/attribute',
      doc:
        'Credits a signup that was credited to nobody, as after a mistyped code, to the member who ' +
        'referred it: as of its own time and by the policy of then, as if it had named their code. The ' +
        'fraud rules judge it, and what the referred member has done since counts. A workflow carries this ' +
        'out: `wait_ms` waits for its decision, and `eventId` leads to it later, as with `explain.event`. ' +
        'Refuses with `not_found` when nobody with the id has signed up, with `already_attributed` a ' +
        'signup that somebody is credited with, with `stage_forbids` one that was refused for another ' +
        'reason, with `referral_too_large` one whose member has done more than 10,000 things since, and ' +
        'with `member_unknown` and `self_referral`.',
    })
    .input(attribution)
    .output(reviewAnswer)
    .mutation(({ ctx, input }) => sendAttribution(ctx, input)),

  move: decidedMutation()
    .meta({
      rest: 'moveReferral POST /referrals/{id}/move',
      doc:
        'Moves a referral to another referrer: what the first got by it goes back, and the other is ' +
        'granted what the same rules give for the same signup and actions, by their own count. What the ' +
        'referred member got stays. Its workflow carries this out: `wait_ms` waits for its decision, and ' +
        '`eventId` leads to it later, as with `explain.event`. Refuses with `self_referral` a move to the ' +
        'referred member, with `already_attributed` one to the present referrer, with `stage_forbids` or ' +
        '`referral_ended` a referral in a stage that cannot move, with `referral_too_large` one that has ' +
        'more than 300 rewards and earning actions together, and with `member_unknown`.',
    })
    .input(moving)
    .output(reviewAnswer)
    .mutation(({ ctx, input }) => sendMove(ctx, input)),
};

type WhichReferrer = Pick<z.infer<typeof moving>, 'referrerId' | 'referrerExternalId'>;

const findReferrer = (tx: Tx, programId: string, { referrerId, referrerExternalId }: WhichReferrer) =>
  findMember(tx, programId, { memberId: referrerId, externalId: referrerExternalId });

/** Sends a move to a referral's workflow. Throws `not_found`, `member_unknown`, or as `checkMove` refuses. */
async function sendMove(
  operator: Operator,
  { id: referralId, note, wait_ms, ...which }: z.infer<typeof moving>,
) {
  const { tx, programId } = operator;
  const referral = await tx.referral.findUnique({
    where: { programId_id: { programId, id: referralId } },
    select: { stage: true, referrerId: true, referredId: true, policyVersion: true },
  });
  if (referral === null) throw notFound('referral');
  const { id: referrerId } = await findReferrer(tx, programId, which);
  unwrap(checkMove(referral, referrerId));
  const { rules } = await createPolicies().load(tx, programId, referral.policyVersion);
  unwrap(judgeMoveLoad(await moveLoad(tx, { ...referral, programId, referralId, rules })));
  const answer = await sendCommand(operator, {
    type: 'referral.moved',
    workflowId: referralWorkflow(referralId),
    subject: referralId,
    detail: { referrerId, note },
    wait_ms,
  });
  return { referralId, ...answer };
}

/** Sends the word on whose a signup is. Throws what `checkAttributable` refuses with, and others below. */
async function sendAttribution(
  operator: Operator,
  { externalId: given, note, wait_ms, ...which }: z.infer<typeof attribution>,
) {
  const { tx, programId } = operator;
  const referrer = await findReferrer(tx, programId, which);
  const subject = await subjectFor(tx, programId, given);
  if (referrer.externalId === subject) throw fail('self_referral', 'A member cannot refer themselves.');
  const signup = await tx.event.findFirst({
    where: { programId, subject, type: 'signup' },
    orderBy: { seq: 'desc' },
    select: { id: true, state: true, outcome: true },
  });
  if (signup === null) throw notFound('signup');
  if (signup.state !== 'decided') throw fail('stage_forbids', 'The signup is not decided yet.');
  const referred = await tx.referral.findFirst({
    where: { programId, referred: { externalId: subject } },
    select: { id: true },
  });
  if (referred !== null) throw fail('already_attributed', 'The member has been referred already.');
  unwrap(checkAttributable((signup.outcome as unknown as Outcome).code ?? null));
  unwrap(judgeEarlier(await countEarlierEvents(tx, programId, subject)));
  const referralId = nameId('referral', programId, subject);
  const answer = await sendCommand(operator, {
    type: 'referral.attributed',
    workflowId: referralWorkflow(referralId),
    subject: referralId,
    detail: { signup: signup.id, referrerId: referrer.id, note },
    wait_ms,
  });
  return { referralId, ...answer };
}

/** Sends a cancellation to a referral's workflow. Throws `not_found`, `stage_forbids` or `referral_ended`. */
async function sendCancel(
  operator: Operator,
  { id: referralId, note, wait_ms }: z.infer<typeof cancellation>,
) {
  const referral = await operator.tx.referral.findUnique({
    where: { programId_id: { programId: operator.programId, id: referralId } },
    select: { stage: true },
  });
  if (referral === null) throw notFound('referral');
  unwrap(next(referral.stage, 'cancel'));
  const answer = await sendCommand(operator, {
    type: 'referral.cancelled',
    workflowId: referralWorkflow(referralId),
    subject: referralId,
    detail: { note },
    wait_ms,
  });
  return { referralId, ...answer };
}
