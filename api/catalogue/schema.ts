import { z } from 'zod';
import { ITEM_REFUSALS } from '../../domain/catalogue/item.ts';
import { CATALOGUE_KINDS, REDEMPTION_METHODS } from '../../domain/redemptions/methods.ts';
import { idAnswer, moneyAnswer, timeAnswer } from '../trpc/answers.ts';

const mug = {
  id: '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d',
  kind: 'item',
  name: 'A mug',
  description: 'White and blue',
  method: 'manual',
  price: { minor: '1200', unit: 'USD' },
  min: null,
  value: null,
  fee: null,
  stock: 25,
  minLevel: null,
  badge: null,
  startsAt: null,
  endsAt: null,
  memberLimit: 2,
  active: true,
  createdAt: '2026-01-15T09:30:00.000Z',
  updatedAt: '2026-01-15T09:30:00.000Z',
};

const feeAnswer = z
  .strictObject({
    fixed: moneyAnswer,
    rate_bp: z
      .number()
      .int()
      .meta({ description: 'A share in basis points: 150 is 1.5 %.', examples: [150] }),
  })
  .meta({
    id: 'CatalogueFee',
    description: 'What the program keeps of a cash-out: a fixed part and a share.',
  });

export const catalogueItemAnswer = z
  .strictObject({
    id: idAnswer,
    kind: z.enum(CATALOGUE_KINDS),
    name: z.string(),
    description: z.string(),
    method: z.enum(REDEMPTION_METHODS).meta({ description: 'Who delivers or pays it.' }),
    price: moneyAnswer.nullable().meta({ description: 'Null: the member names the amount, from `min` on.' }),
    min: moneyAnswer
      .nullable()
      .meta({ description: 'The least that a member may name; null: it has a price.' }),
    value: moneyAnswer.nullable().meta({
      description: 'What is paid for the price where that is something else, such as money for points.',
    }),
    fee: feeAnswer.nullable(),
    stock: z.number().int().nullable().meta({
      description: 'Units left. Null: unlimited, and for coupons, whose codes are counted instead.',
    }),
    minLevel: z.number().int().nullable().meta({
      description: "The least level that a member must have, by its number in the policy's list, from 1.",
    }),
    badge: z.string().nullable().meta({ description: 'The label of a badge that a member must hold.' }),
    startsAt: timeAnswer.nullable(),
    endsAt: timeAnswer.nullable(),
    memberLimit: z.number().int().nullable().meta({
      description: 'How often one member may redeem it; redemptions that were released do not count.',
    }),
    active: z.boolean().meta({ description: 'False: it was taken from the offer.' }),
    createdAt: timeAnswer,
    updatedAt: timeAnswer,
  })
  .meta({ id: 'CatalogueItem', description: 'Something that members can redeem for.', examples: [mug] });

const eligibleAnswer = z
  .strictObject({ eligible: z.literal(true), code: z.null(), message: z.null() })
  .meta({ id: 'EligibleMember' });

const notEligibleAnswer = z
  .strictObject({
    eligible: z.literal(false),
    code: z.enum(ITEM_REFUSALS).meta({ examples: ['out_of_stock'] }),
    message: z.string().meta({ examples: ['Nothing of this item is left.'] }),
  })
  .meta({ id: 'IneligibleMember' });

export const eligibilityAnswer = z.discriminatedUnion('eligible', [eligibleAnswer, notEligibleAnswer]).meta({
  id: 'Eligibility',
  description: 'Whether a member may redeem an item now, and if not why, apart from the balance.',
});

export const offeredItemAnswer = catalogueItemAnswer
  .extend({ forMember: eligibilityAnswer.nullable().meta({ description: 'Null: no member was named.' }) })
  .meta({
    id: 'OfferedItem',
    description: 'An item, and whether the member who asks may redeem it.',
    examples: [{ ...mug, forMember: { eligible: true, code: null, message: null } }],
  });

export const catalogueStockAnswer = z
  .strictObject({
    left: z.number().int().nullable().meta({ description: 'Units or codes left; null: unlimited.' }),
    taken: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Codes that redemptions took; null: the item is no pool of coupons.' }),
    shown: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Codes that members saw; null: the item is no pool of coupons.' }),
  })
  .meta({ id: 'CatalogueStock', examples: [{ left: 25, taken: null, shown: null }] });

export const couponBatchAnswer = z
  .strictObject({
    batchId: idAnswer.meta({ description: 'Each code of this upload has it.' }),
    added: z.number().int(),
    duplicates: z
      .number()
      .int()
      .meta({ description: 'Codes that the program has already, or that came twice.' }),
  })
  .meta({ id: 'CouponBatch' });

export const couponAnswer = z
  .strictObject({
    id: idAnswer,
    batchId: idAnswer.meta({ description: 'The upload that the code came with.' }),
    masked: z.string().meta({
      description: 'The last characters of the code; dots alone where the code is short or cannot be opened.',
      examples: ['••••1111'],
    }),
    redemptionId: idAnswer.nullable().meta({ description: 'The redemption that took the code; null: none.' }),
    takenAt: timeAnswer.nullable(),
    shownAt: timeAnswer
      .nullable()
      .meta({ description: 'When the member saw it: from then on it is theirs.' }),
    createdAt: timeAnswer,
  })
  .meta({ id: 'Coupon', description: 'A code of a pool, without the code itself.' });

export const revealedCouponAnswer = z
  .strictObject({
    redemptionId: idAnswer,
    itemId: idAnswer.nullable(),
    code: z
      .string()
      .nullable()
      .meta({ description: 'Null in a replay: ask with a new key.', examples: ['SPRING-AAAA-1111'] }),
  })
  .meta({ id: 'RevealedCoupon', description: 'The code that a member redeemed for.' });
