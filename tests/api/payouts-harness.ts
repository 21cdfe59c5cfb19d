import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';

export type RedemptionChange = {
  readonly unit?: string;
  readonly amountMinor?: bigint;
  readonly destination?: object;
  readonly externalId?: string;
  readonly feeMinor?: bigint;
  readonly valueMinor?: bigint;
  readonly valueUnit?: string;
};

/** An API with redemptions that wait to be paid by hand, and batches of them. */
export function usePayoutsApi() {
  const api = useApi();

  /** A redemption that waits to be paid by hand. */
  async function waiting({ externalId, ...change }: RedemptionChange = {}): Promise<string> {
    const member = await api.member(externalId);
    const id = newId();
    const row = {
      unit: 'USD',
      amountMinor: 2_000n,
      method: 'manual',
      status: 'needs_operator' as const,
      ...change,
    };
    await api.db.redemption.create({ data: { programId: api.programId, id, memberId: member.id, ...row } });
    return id;
  }

  async function batchOf(count: number, change: RedemptionChange = {}) {
    const ids = [];
    for (let n = 0; n < count; n += 1) ids.push(await waiting(change));
    const made = await api.mutate('payouts.createBatch', { name: 'November', unit: change.unit ?? 'USD' });
    return { ids, batch: made.data };
  }

  /** A batch to be paid in the format of another provider, of one redemption for each destination. */
  async function batchFor(payment: object, destinations: readonly object[], change: RedemptionChange = {}) {
    const ids = [];
    for (const destination of destinations) ids.push(await waiting({ ...change, destination }));
    const words = { name: 'November', unit: change.unit ?? 'USD', payment };
    const made = await api.mutate('payouts.createBatch', words);
    return { ids, batch: made.data };
  }

  const commandsOf = (ids: readonly string[]) =>
    api.db.event.findMany({ where: { workflowId: { in: ids.map((id) => `redemption-${id}`) } } });
  const importCsv = (id: string, ...lines: readonly string[]) =>
    api.mutate('payouts.importResults', {
      id,
      csv: ['redemption_id,outcome,reference', ...lines].join('\n'),
    });

  return { api, waiting, batchOf, batchFor, commandsOf, importCsv };
}
