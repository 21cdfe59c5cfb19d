import type { z } from 'zod';
import type { WantedPromotion } from '../../domain/billing/promotion.ts';
import { audit } from '../../engine/audit/record.ts';
import { findPromotion, recordPromotion, type SeenPromotion } from '../../engine/billing/promotions.ts';
import { type OpenSource, openSource } from '../../engine/billing/source.ts';
import type { MemberRow } from '../../engine/members/row.ts';
import type { BillingPromotion } from '../../prisma/generated/client.ts';
import { statusNow } from '../cache/programs.ts';
import type { Services } from '../context.ts';
import { fail, notFound } from '../http/errors.ts';
import type { promotionAnswer } from './schema.ts';
import { settlePromotion } from './settle-promotion.ts';
import { storedStripeSettings } from './stripe-settings.ts';

/** How long what somebody changes in Stripe by hand may go unseen: hosts ask at each view of a page. */
const FRESH_MS = 3_600_000;

/** Whose promotion code is wanted, and who asks for it. */
export interface Asked {
  readonly programId: string;
  readonly member: MemberRow;
  readonly actor: string;
}

/**
 * Makes sure that a member's referral code is an active promotion code of the program's coupon at Stripe, and
 * returns which. No transaction is open while Stripe is asked; what Stripe answered goes on record
 * afterwards, and a process killed in between finds it there again.
 */
export async function promote(services: Services, asked: Asked): Promise<z.infer<typeof promotionAnswer>> {
  const { programId, member } = asked;
  const memberId = member.id;
  return await services.billingTurns.take(`promotion ${programId} ${memberId}`, async () => {
    const started_at_ms = services.now();
    const of = { programId, provider: 'stripe' } as const;
    const source = await openSource(services.db, of, services.settings.sealRing);
    if (source === null) throw notFound('billing source');
    await requireReferring(services, member, started_at_ms);
    const settings = storedStripeSettings.parse(source.settings);
    const { friendCoupon: coupon, friendFirstOrder: firstOrder, account } = settings;
    if (coupon === null) throw couponMissing();
    const wanted = { programId, memberId, coupon, firstOrder };
    const known = await findPromotion(services.db, wanted);
    const answer = { code: member.referralCode, coupon };
    if (known !== null && isFresh(known, wanted, source, started_at_ms)) {
      return { ...answer, promotionCodeId: known.promotionCodeId };
    }
    const lookup = { apiKey: source.apiKey, base: services.settings.stripeApiBase ?? null };
    const code = { ...wanted, code: member.referralCode };
    const promotionCodeId = await settlePromotion({ lookup, account }, code, services.now);
    const seen = { ...wanted, promotionCodeId, checkedAt: new Date(started_at_ms) };
    await putOnRecord(services, asked, seen);
    return { ...answer, promotionCodeId };
  });
}

const couponMissing = () =>
  fail(
    'coupon_missing',
    'The program has no coupon for friends: set `friendCoupon` with `billing.setStripe`.',
  );

/** A discount is for who brings a friend: refuses where a signup by the code would bring nobody. */
async function requireReferring(services: Services, member: MemberRow, now_ms: number): Promise<void> {
  const { programId, referralCode: code } = member;
  const program = await services.programs.get(programId);
  if (program === null) throw notFound('program');
  if (statusNow(program, now_ms) === 'ended') {
    throw fail('program_ended', 'The program has ended, which is final: nobody refers friends any more.');
  }
  const link = await services.db.link.findFirst({ where: { programId, code }, select: { status: true } });
  if (link?.status === 'disabled') {
    throw fail('link_inactive', 'The link of this referral code has been switched off.');
  }
}

/** Whether what is on record was seen lately, and since the source was set. */
const isFresh = (
  { coupon, firstOrder, checkedAt }: BillingPromotion,
  wanted: WantedPromotion,
  { updatedAt }: OpenSource,
  now_ms: number,
): boolean =>
  coupon === wanted.coupon &&
  firstOrder === wanted.firstOrder &&
  checkedAt >= updatedAt &&
  now_ms - checkedAt.getTime() < FRESH_MS;

/** Writes down what Stripe has, with an entry in the audit log when it is news. */
async function putOnRecord(
  { db }: Services,
  { programId, member, actor }: Asked,
  seen: SeenPromotion,
): Promise<void> {
  const { promotionCodeId, coupon } = seen;
  await db.$transaction(async (tx) => {
    if (!(await recordPromotion(tx, seen))) return;
    const detail = { promotionCodeId, coupon };
    await audit(tx, { programId, actor, action: 'billing.promotion_made', subject: member.id, detail });
  });
}
