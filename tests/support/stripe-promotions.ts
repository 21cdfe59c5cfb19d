/** A promotion code as this Stripe keeps it. */
export interface HeldPromotion {
  readonly id: string;
  readonly code: string;
  readonly coupon: string;
  readonly firstOrder: boolean;
  readonly created: number;
  active: boolean;
  metadata: Record<string, string>;
}

export interface HeldCoupon {
  readonly created: number;
  valid: boolean;
}

/** The part of an account that holds coupons and promotion codes. */
export interface PromotionBook {
  readonly coupons: Map<string, HeldCoupon>;
  /** The newest first, as Stripe lists them. */
  readonly promotions: HeldPromotion[];
  /** What was answered under each idempotency key: said again, be it an error. */
  readonly answered: Map<string, PromotionAnswer>;
}

export type PromotionAnswer = readonly [number, object];

/** A request that was read. */
export interface PromotionRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly key: string | undefined;
}

export const promotionBook = (): PromotionBook => ({
  coupons: new Map(),
  promotions: [],
  answered: new Map(),
});

const refusal = (message: string, code: string | null = null) => ({
  error: { type: 'invalid_request_error', message, ...(code === null ? {} : { code }) },
});

/** A promotion code that is there, made by whoever. Its time of making is that of the latest, or later. */
export function holdPromotion(
  book: PromotionBook,
  given: Omit<HeldPromotion, 'id' | 'created'>,
): HeldPromotion {
  const held = {
    id: `promo_${book.promotions.length + 1}`,
    created: Math.floor(Date.now() / 1_000),
    ...given,
  };
  book.promotions.unshift(held);
  return held;
}

/** What Stripe answers about coupons and promotion codes; null: it is about something else. */
export function answerPromotions(book: PromotionBook, request: PromotionRequest): PromotionAnswer | null {
  const { method, path, key } = request;
  const [, , noun, id] = path.split('/');
  if (noun === 'coupons' && id !== undefined) return couponOf(book, decodeURIComponent(id));
  if (noun !== 'promotion_codes') return null;
  if (id === undefined && method === 'GET') return listOf(book, request.query);
  if (id !== undefined) {
    const held = book.promotions.find((promotion) => promotion.id === id);
    if (held === undefined) return null;
    if (method === 'POST') change(held, request.form);
    return [200, wireOf(held)];
  }
  const before = book.answered.get(key ?? '');
  if (before !== undefined) return before;
  const answer = make(book, request.form);
  if (key !== undefined) book.answered.set(key, answer);
  return answer;
}

function couponOf({ coupons }: PromotionBook, id: string): PromotionAnswer {
  const coupon = coupons.get(id);
  if (coupon === undefined) return [404, refusal(`No such coupon: '${id}'`, 'resource_missing')];
  return [200, { id, object: 'coupon', ...coupon }];
}

function listOf({ promotions }: PromotionBook, query: URLSearchParams): PromotionAnswer {
  const code = query.get('code')?.toLowerCase();
  const wanted = promotions.filter((held) => held.code.toLowerCase() === code);
  const data = wanted.slice(0, Number(query.get('limit') ?? 10)).map(wireOf);
  return [200, { object: 'list', data, has_more: data.length < wanted.length }];
}

function change(held: HeldPromotion, form: URLSearchParams): void {
  if (form.has('active')) held.active = form.get('active') === 'true';
  held.metadata = { ...held.metadata, ...metadataOf(form) };
}

function make(book: PromotionBook, form: URLSearchParams): PromotionAnswer {
  const coupon = form.get('promotion[coupon]') ?? '';
  const code = form.get('code') ?? '';
  if (book.coupons.get(coupon)?.valid !== true) return [400, refusal('This coupon is not valid.')];
  const isSame = (held: HeldPromotion) => held.active && held.code.toLowerCase() === code.toLowerCase();
  if (book.promotions.some(isSame)) {
    return [400, refusal(`An active promotion code with \`code: ${code}\` already exists.`)];
  }
  const firstOrder = form.get('restrictions[first_time_transaction]') === 'true';
  const metadata = metadataOf(form);
  return [200, wireOf(holdPromotion(book, { code, coupon, firstOrder, metadata, active: true }))];
}

const metadataOf = (form: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    [...form].flatMap(([name, value]) => {
      const field = /^metadata\[(\w+)\]$/.exec(name)?.[1];
      return field === undefined ? [] : [[field, value]];
    }),
  );

const wireOf = ({ coupon, firstOrder, ...held }: HeldPromotion) => ({
  object: 'promotion_code',
  ...held,
  promotion: { type: 'coupon', coupon },
  restrictions: { first_time_transaction: firstOrder },
});
