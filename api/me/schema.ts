import { z } from 'zod';
import { memberAnswer } from '../members/schema.ts';

export const myProfileAnswer = memberAnswer
  .pick({ id: true, externalId: true, displayName: true, locale: true, referralCode: true })
  .extend({ mayRedeem: z.boolean().meta({ description: 'Whether the token has the claim `redeem`.' }) })
  .meta({ id: 'MyProfile', description: 'The member whose token it is.' });
