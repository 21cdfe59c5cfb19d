import { z } from 'zod';
import { checkTerms } from '../../domain/catalogue/item.ts';
import {
  CATALOGUE_KINDS,
  type CatalogueKind,
  KIND_METHODS,
  REDEMPTION_METHODS,
} from '../../domain/redemptions/methods.ts';
import { termsOf } from '../../engine/catalogue/item.ts';
import type { CatalogueItem } from '../../prisma/generated/client.ts';
import { fail, unwrap } from '../http/errors.ts';
import { keptInstant, moneyJson, moneyOf, name } from '../trpc/schemas.ts';

const STOCK_MAX = 1_000_000_000;

/** Some lines of text. */
const description = z
  .string()
  .trim()
  .max(2_000)
  .regex(/^(?:[^\p{Cc}]|[\n\t])*$/u, 'must not hold control characters but line ends and tabs');

const fee = z
  .strictObject({
    fixed: moneyJson,
    rate_bp: z
      .number()
      .int()
      .min(0)
      .max(9_999)
      .meta({ description: 'A share in basis points: 150 is 1.5 %.', examples: [150] }),
  })
  .meta({ id: 'CatalogueFee' });

const twelve = { minor: '1200', unit: 'USD' };

const fields = {
  name: name.meta({ examples: ['A mug'] }),
  description: description.meta({ examples: ['White and blue'] }),
  method: z.enum(REDEMPTION_METHODS).meta({
    description: 'Who delivers or pays it; left out in a new item: the first that the kind allows.',
    examples: ['manual'],
  }),
  price: moneyJson.meta({
    description: "In the policy's unit, or in points.",
    examples: [twelve],
  }),
  min: moneyJson.meta({
    description: 'Instead of a price: the least that a member may name.',
    examples: [{ minor: '500', unit: 'USD' }],
  }),
  value: moneyJson.nullable().meta({
    description: 'What is paid for the price, where that is something else: points that become money.',
  }),
  fee: fee.nullable(),
  minLevel: z.number().int().min(1).max(1_000).nullable().meta({
    description: "The least level that a member must have, by its number in the policy's list, from 1.",
  }),
  badge: z
    .string()
    .min(1)
    .max(100)
    .nullable()
    .meta({ description: 'The label of a badge that a member must hold.' }),
  startsAt: keptInstant.nullable(),
  endsAt: keptInstant.nullable(),
  memberLimit: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .nullable()
    .meta({ description: 'How often one member may redeem it; null: no limit.' }),
};

export const itemInput = z
  .strictObject({
    kind: z.enum(CATALOGUE_KINDS),
    stock: z
      .number()
      .int()
      .min(0)
      .max(STOCK_MAX)
      .nullish()
      .meta({
        description:
          'Units to start with. Left out or null: unlimited. Not for coupons, whose codes are counted.',
        examples: [25],
      }),
    ...z.strictObject(fields).partial().required({ name: true }).shape,
  })
  .meta({ examples: [{ kind: 'item', name: 'A mug', price: twelve, stock: 25 }] });
export const itemChange = z.strictObject(fields).partial();

type Change = z.infer<typeof itemChange>;
type ItemColumns = Omit<CatalogueItem, 'programId' | 'id' | 'active' | 'createdAt' | 'updatedAt'>;

/** The columns of a new item. Throws `item_invalid`, `unit_mismatch` and those of money. */
export function newItem(input: z.infer<typeof itemInput>, policyUnit: string): ItemColumns {
  const { kind, stock = null, ...change } = input;
  if (stock !== null && kind === 'coupon') {
    throw fail('item_invalid', 'The stock of coupons is counted: leave it out and add codes.');
  }
  return changed({ ...emptyItem(kind, input.name), stock }, change, policyUnit);
}

/**
 * The columns of an item after a change: what is left out stays; a price takes the place of a minimum, and
 * the other way round.
 */
export function changed(before: ItemColumns, change: Change, policyUnit: string): ItemColumns {
  const row: ItemColumns = { ...before, ...plainOf(change), ...termColumns(before, change) };
  unwrap(checkTerms(termsOf(row as CatalogueItem), policyUnit));
  if (row.startsAt !== null && row.endsAt !== null && row.startsAt >= row.endsAt) {
    throw fail('item_invalid', 'An item ends after it starts.');
  }
  return row;
}

function emptyItem(kind: CatalogueKind, itemName: string): ItemColumns {
  return {
    kind,
    name: itemName,
    description: '',
    method: KIND_METHODS[kind][0] ?? '',
    unit: '',
    priceMinor: null,
    minMinor: null,
    valueMinor: null,
    valueUnit: null,
    feeMinor: 0n,
    feeBp: 0,
    stock: null,
    minLevel: null,
    badge: null,
    startsAt: null,
    endsAt: null,
    memberLimit: null,
  };
}

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));

function plainOf({ startsAt, endsAt, price: _p, min: _m, value: _v, fee: _f, ...plain }: Change) {
  return {
    ...definedOf(plain),
    ...(startsAt === undefined ? {} : { startsAt: dateOf(startsAt) }),
    ...(endsAt === undefined ? {} : { endsAt: dateOf(endsAt) }),
  };
}

/** Without what is left out, which zod gives as undefined. */
function definedOf<T extends object>(input: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function termColumns(before: ItemColumns, change: Change): Partial<ItemColumns> {
  const cost = costColumns(change);
  const unit = cost.unit ?? before.unit;
  return { ...cost, ...valueColumns(change), ...feeColumns(before, change, unit) };
}

function costColumns({ price, min }: Change): Partial<ItemColumns> {
  if (price !== undefined && min !== undefined) {
    throw fail('item_invalid', 'An item has either a price or a minimum.');
  }
  if (price !== undefined) {
    const { minor, unit } = moneyOf(price);
    return { unit, priceMinor: minor, minMinor: null };
  }
  if (min === undefined) return {};
  const { minor, unit } = moneyOf(min);
  return { unit, priceMinor: null, minMinor: minor };
}

function valueColumns({ value }: Change): Partial<ItemColumns> {
  if (value === undefined) return {};
  const paid = value === null ? null : moneyOf(value);
  return { valueMinor: paid?.minor ?? null, valueUnit: paid?.unit ?? null };
}

function feeColumns(before: ItemColumns, { fee }: Change, unit: string): Partial<ItemColumns> {
  if (fee === undefined) {
    if (before.feeMinor === 0n || before.unit === unit) return {};
    throw fail('unit_mismatch', 'Say the fee in the new unit, or null.');
  }
  if (fee === null) return { feeMinor: 0n, feeBp: 0 };
  const fixed = moneyOf(fee.fixed);
  if (fixed.unit !== unit) throw fail('unit_mismatch', `The fee is in the unit of the item, ${unit}.`);
  return { feeMinor: fixed.minor, feeBp: fee.rate_bp };
}
