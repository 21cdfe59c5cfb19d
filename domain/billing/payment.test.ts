import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Payment, type PaymentEvent, type PaymentFact, settle } from './payment.ts';

const eur = (minor: bigint) => ({ minor, unit: 'EUR' });
const payer = { customer: null, member: null, reference: null, email: null };

const purchased = (ids: readonly string[], gross_minor: bigint, value_minor = gross_minor): PaymentFact => ({
  kind: 'purchased',
  ids,
  gross: eur(gross_minor),
  value_minor,
  payer,
  occurred_at_ms: 0,
});
const refunded = (key: string, minor: bigint, ids: readonly string[] = ['pi_1', 'ch_1']): PaymentFact => ({
  kind: 'refunded',
  key,
  ids,
  gross: eur(minor),
  occurred_at_ms: 0,
});
const reinstated = (key: string, minor: bigint | null): PaymentFact => ({
  kind: 'reinstated',
  key,
  ids: ['pi_1', 'ch_1'],
  gross: minor === null ? null : eur(minor),
  otherwise: 'refund_open',
  occurred_at_ms: 1,
});
const linked = (...ids: string[]): PaymentFact => ({ kind: 'linked', ids });

/** Settles facts one by one, as the store of payments would. */
function settleAll(facts: readonly PaymentFact[], subject: string | null = 'bob') {
  let payments: readonly Payment[] = [];
  const events: PaymentEvent[] = [];
  const ignored: unknown[] = [];
  for (const fact of facts) {
    const known = payments.filter(({ ids }) => ids.some((id) => fact.ids.includes(id)));
    const settled = settle(known, fact, subject);
    if (settled === null) {
      ignored.push('recorded_apart');
      continue;
    }
    payments = [...payments.filter((payment) => !known.includes(payment)), settled.payment];
    events.push(...settled.events);
    ignored.push(settled.ignored);
  }
  const taken = events.flatMap((event) => (event.type === 'refund' ? event.refund : []));
  return { payments, events, ignored, taken, purchases: events.filter(({ type }) => type === 'purchase') };
}

describe('one payment', () => {
  it('is one purchase, and its refunds add up, in any order and however often its events come', () => {
    const amounts = fc.record({
      gross: fc.bigInt(1n, 10n ** 9n),
      net_bp: fc.bigInt(0n, 10_000n),
      shares: fc.array(fc.bigInt(1n, 10n ** 9n), { maxLength: 5 }),
    });
    const order = fc.array(fc.nat(), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(amounts, order, ({ gross, net_bp, shares }, picks) => {
        const value = (gross * net_bp) / 10_000n;
        const facts = [
          purchased(['in_1'], gross, value),
          purchased(['in_1', 'pi_1'], gross, value),
          linked('in_1', 'pi_1'),
          linked('ch_1', 'pi_1'),
          ...shares.map((minor, at) => refunded(`re_${at}`, minor)),
        ];
        const shuffled = [...picks.map((pick) => facts[pick % facts.length] ?? linked('in_1')), ...facts];
        const { payments, purchases, taken } = settleAll(shuffled);
        expect(payments).toHaveLength(1);
        expect(purchases).toMatchObject([{ purchase: { key: 'stripe:invoice:in_1', value_minor: value } }]);
        expect(new Set(taken.map(({ key }) => key)).size).toBe(taken.length);
        const given = shares.reduce((sum, share) => sum + share, 0n);
        const back = taken.reduce((sum, { taken_minor }) => sum + taken_minor, 0n);
        // All of the price: all of the value. A part: its share, to half a minor unit.
        if (given >= gross) expect(back).toBe(value);
        else expect(4n * (back * gross - given * value) ** 2n).toBeLessThanOrEqual(gross * gross);
        expect(back).toBeLessThanOrEqual(value);
      }),
    );
  });

  it('without an invoice is keyed by its payment intent', () => {
    expect(settleAll([purchased(['pi_1', 'ch_1'], 5n)]).purchases).toMatchObject([
      { purchase: { key: 'stripe:payment:pi_1' } },
    ]);
  });

  it('is keyed by its invoice when an earlier event told of it', () => {
    const { purchases } = settleAll([linked('in_1', 'pi_1'), purchased(['pi_1'], 5n)]);
    expect(purchases).toMatchObject([{ purchase: { key: 'stripe:invoice:in_1' } }]);
  });

  it('of nobody stays open, and is a purchase once its member is known', () => {
    const first = settleAll([purchased(['in_1'], 5n)], null);
    expect(first).toMatchObject({ purchases: [], ignored: ['no_member'] });
    expect(settle(first.payments, purchased(['in_1'], 5n), 'bob')?.events).toHaveLength(1);
  });

  it('that was recorded twice stays as it is once that shows', () => {
    const facts = [purchased(['in_1'], 5n), purchased(['pi_1'], 5n), linked('in_1', 'pi_1')];
    expect(settleAll(facts)).toMatchObject({ ignored: [null, null, 'recorded_apart'] });
  });
});

describe('a refund', () => {
  it('waits for its purchase', () => {
    const facts = [refunded('re_1', 3n), linked('in_1', 'pi_1'), purchased(['in_1'], 10n)];
    expect(settleAll(facts).events.map(({ type }) => type)).toEqual(['purchase', 'refund']);
  });

  it('after all was taken back takes nothing', () => {
    const { taken, ignored } = settleAll([
      purchased(['pi_1'], 10n),
      refunded('re_1', 10n),
      refunded('dp_1', 10n),
    ]);
    expect(taken.map(({ taken_minor }) => taken_minor)).toEqual([10n]);
    expect(ignored).toEqual([null, null, 'nothing_left']);
  });

  it('in another currency takes nothing', () => {
    const other = { ...refunded('re_1', 10n), gross: { minor: 10n, unit: 'USD' } } as PaymentFact;
    expect(settleAll([purchased(['pi_1'], 10n), other])).toMatchObject({
      taken: [],
      ignored: [null, 'currency_differs'],
    });
  });

  it('that failed gives back what it took, and the next one takes it anew', () => {
    const { events, ignored, taken } = settleAll([
      purchased(['pi_1'], 100n, 95n),
      refunded('re_1', 50n),
      refunded('re_2', 50n),
      reinstated('re_1', 50n),
      reinstated('re_1', 50n),
      refunded('re_3', 50n),
    ]);
    expect(events.map(({ type }) => type)).toEqual(['purchase', 'refund', 'refund', 'reinstated', 'refund']);
    expect(taken.map(({ taken_minor }) => taken_minor)).toEqual([48n, 47n, 48n]);
    expect(ignored).toEqual([null, null, null, null, 'already_recorded', null]);
  });

  it('that failed before anybody told of it takes nothing', () => {
    const facts = [purchased(['pi_1'], 10n), reinstated('re_1', 10n), refunded('re_1', 10n)];
    expect(settleAll(facts)).toMatchObject({ taken: [], ignored: [null, 'refund_open', 'already_recorded'] });
    const waiting = [refunded('re_1', 10n), reinstated('re_1', 10n), purchased(['pi_1'], 10n)];
    expect(settleAll(waiting)).toMatchObject({ taken: [], ignored: [null, 'refund_open', null] });
  });

  it('that found nothing left takes its part once the one before it failed', () => {
    const { taken } = settleAll([
      purchased(['pi_1'], 10n),
      refunded('re_1', 10n),
      refunded('dp_1', 10n),
      reinstated('re_1', 10n),
    ]);
    expect(taken.map(({ key, taken_minor }) => [key, taken_minor])).toEqual([
      ['re_1', 10n],
      ['dp_1', 10n],
    ]);
  });

  it('by a dispute that was won without having been lost may still be made', () => {
    const facts = [purchased(['pi_1'], 10n), reinstated('dp_1', null), refunded('dp_1', 10n)];
    expect(settleAll(facts)).toMatchObject({ ignored: [null, 'refund_open', null] });
    expect(settleAll(facts).taken).toHaveLength(1);
  });
});
