import { z } from 'zod';
import { commandAnswer } from '../events/schema.ts';
import { LINK_OWNER, linkAnswer, linkFields } from '../links/schema.ts';
import { referralAnswer } from '../referrals/schema.ts';
import { idAnswer } from '../trpc/answers.ts';
import { futureInstant, waitMs } from '../trpc/schemas.ts';
import { oneMember } from '../trpc/which-member.ts';

export const createInvitationInput = oneMember(LINK_OWNER, {
  ...linkFields,
  expiresAt: futureInstant
    .optional()
    .meta({ description: "Earlier than the policy's own limit, which holds otherwise." }),
  wait_ms: waitMs,
});

export const issuedInvitationAnswer = z
  .strictObject({
    link: linkAnswer,
    referralId: idAnswer.meta({ description: 'The id of the link too.' }),
    ...commandAnswer,
    eventId: commandAnswer.eventId.meta({ description: 'The event that begins the referral.' }),
  })
  .meta({ id: 'IssuedInvitation' });

export const invitationAnswer = z
  .strictObject({
    link: linkAnswer,
    referral: referralAnswer.nullable().meta({ description: 'Null until the referral has begun.' }),
  })
  .meta({ id: 'Invitation', description: 'A personal link, good for one signup, and its referral.' });
