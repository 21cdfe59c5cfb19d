import { z } from 'zod';
import type { Outcome } from '../../engine/events/outcome.ts';
import { checkWish, requestFields } from '../redemptions/request.ts';
import { requestRedemption } from '../redemptions/store.ts';
import { given } from '../trpc/given.ts';
import { decidedMemberMutation } from '../trpc/procedures.ts';
import { mine } from './input.ts';
import { myRequestAnswer } from './schema.ts';

/** The decision as the member reads it: without the facts that led to it. */
export const myOutcome = ({ decision, code, message }: Outcome) => ({
  decision,
  ...given({ code, message }),
});

export const redeem = decidedMemberMutation(myOutcome)
  .meta({
    rest: 'redeem POST /programs/{programId}/me/redemptions',
    doc:
      "Asks to redeem from the member's available balance: an item of the catalogue by its `itemId`, or an " +
      '`amount` by the `method` `account_credit`. What is paid to a destination is refused with ' +
      "`destination_invalid`: the host's server asks for that. Needs the claim `redeem` (`claim_missing`). " +
      'Otherwise as `requestRedemption`.',
  })
  .input(
    z
      .strictObject({ ...mine, ...requestFields })
      .superRefine(checkWish)
      .meta({
        examples: [{ amount: { minor: '2000', unit: 'USD' }, method: 'account_credit', wait_ms: 5_000 }],
      }),
  )
  .output(myRequestAnswer)
  .mutation(async ({ ctx: { tx, programId, member, actor, services }, input: { programId: _, ...wish } }) => {
    const asker = { programId, actor, isMember: true, now_ms: services.now() };
    const { redemptionId, eventId } = await requestRedemption(tx, asker, { ...wish, memberId: member.id });
    return { redemptionId, eventId, status: 'accepted' as const, outcome: null };
  });
