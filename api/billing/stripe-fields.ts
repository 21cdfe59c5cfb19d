import { z } from 'zod';

/* The small parts that Stripe's objects are made of. */

/** Room for `stripe:subscription:…:ended` within an event's key. */
export const stripeId = z.string().regex(/^[A-Za-z0-9_]{1,200}$/, 'must be an id of Stripe');
/** The id of another object, which may be there whole. */
export const ref = z
  .union([stripeId, z.object({ id: stripeId }).transform(({ id }) => id)])
  .nullish()
  .transform((id) => id ?? null);
export const needed = z.union([stripeId, z.object({ id: stripeId }).transform(({ id }) => id)]);
export const amount = z.number().int();
export const optionalAmount = amount.nullish().transform((counted) => counted ?? 0);
export const currency = z.string().length(3);
export const text = z
  .string()
  .nullish()
  .transform((it) => it ?? null);
export const metadata = z
  .record(z.string(), z.string())
  .nullish()
  .transform((record) => record ?? {});
export const sums = z.array(z.object({ amount })).nullish();
export const sumOf = (parts: readonly { readonly amount: number }[] | null | undefined) =>
  (parts ?? []).reduce((sum, part) => sum + part.amount, 0);
export const paymentOf = z
  .object({ payment_intent: ref, charge: ref })
  .transform(({ payment_intent, charge }) => [payment_intent, charge].filter((id) => id !== null));
