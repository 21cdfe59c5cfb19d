import { z } from 'zod';
import { findMember } from '../trpc/lookups.ts';
import { mutation, router } from '../trpc/procedures.ts';
import { id, name } from '../trpc/schemas.ts';
import { get, issue, list } from './credentials.ts';
import { achievements, define } from './definitions.ts';
import { keys, rotateKey } from './keys.ts';

/** Sets what badges issued from now on may say about a member. */
const setRecipient = mutation('members:write')
  .input(
    z.strictObject({
      memberId: id,
      displayName: name.nullable(),
      identity: z.enum(['account', 'email']).default('account'),
    }),
  )
  .mutation(async ({ ctx, input: { memberId, displayName, identity } }) => {
    const { tx, programId } = ctx;
    await findMember(tx, programId, memberId);
    await tx.badgeRecipient.upsert({
      where: { programId_memberId: { programId, memberId } },
      create: { programId, memberId, displayName, identity },
      update: { displayName, identity },
      select: { memberId: true },
    });
    return { memberId, displayName, identity };
  });

/** Badges: what they stand for, the credentials that members earned, and the keys that sign them. */
export const badgesRouter = router({ define, achievements, get, list, issue, setRecipient, keys, rotateKey });
