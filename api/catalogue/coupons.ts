import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { maskCode, openCoupon } from '../../engine/catalogue/coupon-seal.ts';
import { addCoupons } from '../../engine/catalogue/coupons.ts';
import { fail, notFound } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { memberIdOf } from '../trpc/lookups.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { MEMBER, oneMember } from '../trpc/which-member.ts';
import { findItem } from './find.ts';
import { couponAnswer, couponBatchAnswer, revealedCouponAnswer } from './schema.ts';

const CODES_MAX = 5_000;

const code = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

/** The procedures about the codes of coupon pools. */
export const couponProcedures = {
  addCoupons: mutation()
    .meta({
      rest: 'addCoupons POST /catalogue/{id}/coupons',
      doc:
        'Adds codes to a pool of coupons. Codes that the program has already, in whatever pool, are ' +
        'counted and left out. Refuses with `item_unknown`, and with `item_invalid` when the item is no ' +
        'pool of coupons.',
    })
    .input(
      z.strictObject({
        id,
        codes: z
          .array(code)
          .min(1)
          .max(CODES_MAX)
          .meta({ examples: [['SPRING-AAAA-1111', 'SPRING-BBBB-2222']] }),
        ignoreCase: z
          .boolean()
          .default(false)
          .meta({
            description:
              'Whether `spring-1` is the same code as `SPRING-1`, as at shops that do not look at case: ' +
              'then also a code that the program has in another way of writing is left out.',
          }),
      }),
    )
    .output(couponBatchAnswer)
    .mutation(async ({ ctx, input: { id: itemId, codes, ignoreCase } }) => {
      const { tx, programId, actor } = ctx;
      const item = await findItem(tx, programId, itemId);
      if (item.kind !== 'coupon') throw fail('item_invalid', 'Only a coupon pool has codes.');
      const ring = ctx.services.settings.sealRing;
      const batch = await addCoupons(tx, { programId, itemId, ring, ignoreCase }, codes);
      const { batchId, added, duplicates } = batch;
      const detail = { batchId, added, duplicates };
      await audit(tx, { programId, actor, action: 'coupons.added', subject: itemId, detail });
      return batch;
    }),

  coupons: query()
    .meta({
      rest: 'listCoupons GET /catalogue/{id}/coupons',
      doc:
        "Lists a pool's codes, the newest first; each shows its last characters alone. An item that is no " +
        'pool has none. Refuses with `item_unknown`.',
    })
    .input(z.strictObject({ ...pageFields, id }))
    .output(pageAnswer(couponAnswer))
    .query(async ({ ctx, input: { id: itemId, ...input } }) => {
      const { db, settings } = ctx.services;
      await findItem(db, ctx.programId, itemId);
      const rows = await db.couponCode.findMany(newest({ programId: ctx.programId, itemId }, input));
      return newestPage(rows, input, (row) => ({
        id: row.id,
        batchId: row.batchId,
        masked: maskCode(openCoupon(row, settings.sealRing) ?? ''),
        redemptionId: row.redemptionId,
        takenAt: isoOrNull(row.takenAt),
        shownAt: isoOrNull(row.shownAt),
        createdAt: iso(row.createdAt),
      }));
    }),

  reveal: mutation()
    .meta({
      rest: 'revealCoupon POST /redemptions/{redemptionId}/reveal',
      doc:
        "Reveals the code that a member redeemed for, for the member's eyes: once shown, it is the " +
        "member's for good. A replay under the same idempotency key has null in place of the code; a new " +
        'key shows it again. Refuses with `not_found` when this member redeemed for no coupon there, with ' +
        '`stage_forbids` before the redemption is settled, and with `secret_unreadable` when ' +
        '`BADGE_SECRET` does not open the code.',
      shownOnce: 'code',
    })
    .input(oneMember({ ...MEMBER, about: 'Whose redemption it is.' }, { redemptionId: id }))
    .output(revealedCouponAnswer)
    .mutation(async ({ ctx, input: { redemptionId, ...which } }) => {
      const { tx, programId } = ctx;
      const memberId = await memberIdOf(tx, programId, which);
      const redemption = await tx.redemption.findFirst({
        where: { programId, id: redemptionId, memberId },
        include: { coupon: true },
      });
      if (redemption?.coupon == null) throw notFound('coupon');
      if (redemption.status !== 'settled') throw fail('stage_forbids', 'The redemption is not settled yet.');
      const opened: string | null = openCoupon(redemption.coupon, ctx.services.settings.sealRing);
      if (opened === null) throw fail('secret_unreadable', 'The code cannot be opened with this secret.');
      await tx.couponCode.updateMany({
        where: { programId, id: redemption.coupon.id, shownAt: null },
        data: { shownAt: new Date(ctx.services.now()) },
      });
      return { redemptionId, itemId: redemption.itemId, code: opened };
    }),
};
