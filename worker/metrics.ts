import { Counter, Gauge, type Registry } from 'prom-client';
import { budgetState } from '../domain/programs/budget.ts';
import { cappedBudgets } from '../ledger/balances.ts';
import type { Database } from '../prisma/client.ts';

export interface WorkerMetrics {
  readonly decisions: Counter<'decision' | 'code'>;
  readonly pumped: Counter<'result'>;
  readonly emails: Counter<'result'>;
}

/** The worker's own figures. The queue's are read from the database when they are asked for. */
export function createWorkerMetrics(register: Registry, db: Database): WorkerMetrics {
  const waiting = new Gauge({
    name: 'referral_events_open',
    help: 'Events that are not decided, by state.',
    labelNames: ['state'] as const,
    registers: [register],
    async collect() {
      const rows = await db.$queryRaw<{ state: string; events: number }[]>`
        SELECT state::text, count(*)::int AS events FROM events WHERE state IN ('pending', 'waiting', 'delivered', 'parked', 'unmatched')
        GROUP BY state`;
      for (const state of ['pending', 'waiting', 'delivered', 'parked', 'unmatched'])
        waiting.set({ state }, 0);
      for (const { state, events } of rows) waiting.set({ state }, events);
    },
  });
  new Gauge({
    name: 'referral_outbox_unsent',
    help: 'Messages in the outbox that nobody has sent yet.',
    registers: [register],
    async collect() {
      this.set(await db.outbox.count({ where: { sentAt: null } }));
    },
  });
  const budgets = new Gauge({
    name: 'referral_budgets',
    help: 'Budgets with a cap, by state: open, near (80 % granted), exhausted.',
    labelNames: ['state'] as const,
    registers: [register],
    async collect() {
      const states = (await cappedBudgets(db)).map(budgetState);
      for (const state of ['open', 'near', 'exhausted'] as const)
        budgets.set({ state }, states.filter((one) => one === state).length);
    },
  });
  const pumped = new Counter({
    name: 'referral_events_pumped_total',
    help: 'Events that the pump handled, by what became of them.',
    labelNames: ['result'] as const,
    registers: [register],
  });
  const decisions = new Counter({
    name: 'referral_decisions_total',
    help: 'Events decided, by decision and, for a refusal, its code.',
    labelNames: ['decision', 'code'] as const,
    registers: [register],
  });
  const emails = new Counter({
    name: 'referral_emails_total',
    help: 'E-mails that the sender handled, by what became of them.',
    labelNames: ['result'] as const,
    registers: [register],
  });
  const doubtful = new Gauge({
    name: 'referral_emails_open',
    help: 'E-mails that wait for their moment, and those in doubt, which wait for an operator.',
    labelNames: ['state'] as const,
    registers: [register],
    async collect() {
      const rows = await db.$queryRaw<{ state: string; emails: number }[]>`
        SELECT state::text, count(*)::int AS emails FROM notice_emails WHERE state IN ('pending', 'sending', 'in_doubt') GROUP BY state`;
      for (const state of ['pending', 'sending', 'in_doubt']) doubtful.set({ state }, 0);
      for (const { state, emails } of rows) doubtful.set({ state }, emails);
    },
  });
  return { pumped, decisions, emails };
}
