import { z } from 'zod';
import { idAnswer, moneyAnswer, timeAnswer } from '../trpc/answers.ts';

/** What an erasure did, as its command's outcome and `members.erasure` say it. */
export const erasureReport = z
  .strictObject({
    rows: z
      .record(z.string(), z.number().int())
      .readonly()
      .meta({ description: 'Rows that were changed or deleted, by table.', examples: [{ members: 1 }] }),
    held: z
      .array(z.strictObject({ redemptionId: idAnswer, until: timeAnswer }))
      .readonly()
      .meta({ description: 'Records of payouts that the law wants kept, sealed, and until when.' }),
    balances: z
      .array(z.strictObject({ available: moneyAnswer, owed: moneyAnswer }))
      .readonly()
      .meta({ description: 'What stays on the books under the pseudonym, and is redeemed no more.' }),
    badgesKept: z.number().int().meta({ description: 'Badges that stay as they were signed.' }),
    elsewhere: z
      .array(z.string())
      .readonly()
      .meta({ description: 'What lies with others, and is to be removed there by hand.' }),
  })
  .meta({ id: 'ErasureReport' });
