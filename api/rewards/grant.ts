import { z } from 'zod';
import { DAYS_MAX } from '../../domain/problems.ts';
import { REWARD_GIVEN } from '../../domain/rewards/correction.ts';
import { checkGiven, type Given, givenFields } from '../../domain/rewards/given.ts';
import { memberWorkflow } from '../../engine/events/workflow-ids.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import { givenId } from '../../engine/rewards/given.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { type Operator, sendCommand } from '../trpc/commands.ts';
import { findMemberToChange } from '../trpc/lookups.ts';
import { decidedMutation } from '../trpc/procedures.ts';
import { moneyJson, positiveMoneyOf, requiredNote, waitMs } from '../trpc/schemas.ts';
import { MEMBER, oneMember } from '../trpc/which-member.ts';
import { badgeInput, perkInput, rewardCommandAnswer } from './schema.ts';

/** The amount is checked by the procedure, which refuses it with the code of what is wrong. */
const creditInput = z
  .strictObject({ kind: z.literal('fixed'), amount: moneyJson })
  .meta({ id: 'GivenCredit', description: 'Credit, in the unit of the policy in force.' });

const grantInput = oneMember(MEMBER, {
  benefit: z.discriminatedUnion('kind', [creditInput, badgeInput, perkInput]),
  hold_days: z.number().int().min(0).max(DAYS_MAX).default(0).meta({ description: 'Until it matures.' }),
  expires_days: z
    .number()
    .int()
    .min(1)
    .max(DAYS_MAX)
    .nullable()
    .default(null)
    .meta({ description: 'From maturity to expiry; null: never.' }),
  note: requiredNote,
  wait_ms: waitMs,
}).meta({
  examples: [
    {
      memberId: '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d',
      benefit: { kind: 'fixed', amount: { minor: '1250', unit: 'USD' } },
      note: 'For the talk in May.',
    },
  ],
});
type GrantInput = z.output<typeof grantInput>;

export const grantProcedures = {
  grant: decidedMutation()
    .meta({
      rest: 'grantReward POST /members/{memberId}/rewards',
      doc:
        "Grants a member credit, a badge or a perk by an operator's hand, within the budget, and returns " +
        "the id of the reward. The member's workflow carries this out: `wait_ms` waits for its decision, " +
        'which may be refused with `budget_exhausted`, and `eventId` leads to it later, as with ' +
        '`explain.event`. Refuses at once with `member_unknown`, with the code of an amount that is none, ' +
        'such as `amount_negative` or `amount_zero`, with `unit_mismatch` for another unit than the ' +
        "policy's, as points are given by `points.adjust`, and with `not_found` before a policy is there.",
    })
    .input(grantInput)
    .output(rewardCommandAnswer)
    .mutation(({ ctx, input }) => sendGrant(ctx, input)),
};

async function sendGrant(operator: Operator, input: GrantInput) {
  const { tx, programId } = operator;
  const { note, wait_ms } = input;
  const member = await findMemberToChange(tx, programId, input);
  const given = givenOf(input);
  const current = await policyInForce(tx, programId);
  if (current === null) throw notFound('policy');
  unwrap(checkGiven(given, current.policy.unit));
  const detail = { ...givenFields(given), note };
  const answer = await sendCommand(operator, {
    type: REWARD_GIVEN,
    workflowId: memberWorkflow(member.id),
    subject: `member:${member.id}`,
    detail,
    wait_ms,
  });
  return { rewardId: givenId(programId, answer.eventId), ...answer };
}

const givenOf = ({ benefit, hold_days, expires_days }: GrantInput): Given => ({
  benefit: benefit.kind === 'fixed' ? { ...benefit, amount: positiveMoneyOf(benefit.amount) } : benefit,
  hold_days,
  expires_days,
});
