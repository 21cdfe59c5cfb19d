import { expect } from 'vitest';
import { balancesOf } from '../../ledger/balances.ts';
import { prove } from '../../ledger/prove.ts';
import { useEngine } from '../support/engine.ts';
import { referralIdOf } from '../support/seed.ts';
import { useApi } from './harness.ts';

export const usd = (minor: string) => ({ minor, unit: 'USD' });

/** What operators do by hand, carried out by a live worker. */
export function useByHand() {
  const api = useApi();
  const engine = useEngine(() => ({ database: api.database, server: 'dev' }));

  /** A mutation that waits for its decision, and expects one. */
  async function decide(procedure: string, input: object, idempotencyKey?: string) {
    const options = idempotencyKey === undefined ? {} : { idempotencyKey };
    const { data, text } = await api.mutate(procedure, { ...input, wait_ms: 10_000 }, options);
    expect(data?.status, text).toBe('decided');
    return data;
  }

  const buys = (subject: string) => ({
    key: `order-${subject}`,
    type: 'purchase',
    subject,
    value: usd('9900'),
  });

  return {
    api,
    engine,
    decide,
    buys,

    /** The referrer earns 50.00, out of 500.00 or of `budget`. */
    async publish({ hold_days = 30, budget = '50000' } = {}): Promise<void> {
      const builtin = (await api.query('policies.builtin', { unit: 'USD' })).data.policy;
      const rule = {
        id: 'thanks',
        recipient: 'referrer',
        trigger: { on: 'qualified' },
        benefit: { kind: 'fixed', amount: usd('5000') },
        hold_days,
        expires_days: null,
        cap: null,
        condition: null,
      };
      const policy = { ...builtin, rules: [rule], budget: usd(budget) };
      expect((await api.mutate('policies.publish', { policy })).status).toBe(200);
    },

    /** Ann refers somebody who buys, and so is owed 50.00. */
    async referred(friend: string) {
      const ann = await api.member();
      const signup = { key: `signup-${friend}`, type: 'signup', subject: friend, code: ann.referralCode };
      await decide('events.record', signup);
      const { outcome } = await decide('events.record', buys(friend));
      const [{ rewardId }] = outcome.rewards;
      const referralId = referralIdOf(api.programId, friend);
      const refund = { key: `back-${friend}`, type: 'refund', subject: friend, refundOf: `order-${friend}` };
      return { ann, rewardId, referralId, refund };
    },

    balanceOf: async ({ id }: { readonly id: string }) =>
      (await balancesOf(api.db, api.programId, id)).find(({ unit }) => unit === 'USD'),

    proved: async () => expect(await prove(api.database.url)).toMatchObject({ ok: true }),
  };
}
