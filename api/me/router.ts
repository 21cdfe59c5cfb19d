import { z } from 'zod';
import { memberQuery, router } from '../trpc/procedures.ts';
import { id } from '../trpc/schemas.ts';
import { myProfileAnswer } from './schema.ts';

const mine = { programId: id.meta({ description: 'The program that the token is for.' }) };

/** What a member sees and does with their own token; nothing of anybody else. */
export const meRouter = router({
  get: memberQuery()
    .meta({
      rest: 'getMe GET /programs/{programId}/me',
      doc: 'Returns who the member of the token is, and whether they may redeem with it.',
    })
    .input(z.strictObject(mine))
    .output(myProfileAnswer)
    .query(({ ctx: { member, mayRedeem } }) => ({
      id: member.id,
      externalId: member.externalId,
      displayName: member.displayName,
      locale: member.locale,
      referralCode: member.referralCode,
      mayRedeem,
    })),
});
