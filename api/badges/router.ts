import { router } from '../trpc/builder.ts';
import { findMemberToChange } from '../trpc/lookups.ts';
import { mutation } from '../trpc/procedures.ts';
import { name } from '../trpc/schemas.ts';
import { MEMBER, oneMember } from '../trpc/which-member.ts';
import { get, issue, list } from './credentials.ts';
import { achievements, define } from './definitions.ts';
import { keys, rotateKey } from './keys.ts';
import { badgeIdentity, badgeRecipientAnswer } from './schema.ts';

const setRecipient = mutation()
  .meta({
    rest: 'setBadgeRecipient PUT /badges/recipients/{memberId}',
    doc:
      'Sets what badges issued from now on may say about a member. What is signed already stays as it is. ' +
      'Refuses with `member_unknown`.',
  })
  .input(
    oneMember(MEMBER, {
      displayName: name.nullable().meta({
        description: 'A name in clear, which the page of the badge shows; null: none.',
        examples: ['Ann'],
      }),
      identity: badgeIdentity.default('account').meta({
        description:
          "What the badge identifies its holder by: a salted hash of the host's id, or of the address of " +
          'e-mail, which wallets can match. A member without an address gets the former.',
      }),
    }),
  )
  .output(badgeRecipientAnswer)
  .mutation(async ({ ctx, input: { displayName, identity, ...which } }) => {
    const { tx, programId } = ctx;
    const { id: memberId } = await findMemberToChange(tx, programId, which);
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
