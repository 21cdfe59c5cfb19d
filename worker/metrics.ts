import { Counter, Gauge, type Registry } from 'prom-client';
import { budgetState } from '../domain/programs/budget.ts';
import { cappedBudgets } from '../ledger/balances.ts';
import type { Database } from '../prisma/client.ts';
import { Prisma } from '../prisma/generated/client.ts';

/** The counters that the worker's parts increment. */
export interface WorkerMetrics {
  readonly decisions: Counter<'decision' | 'code'>;
  readonly pumped: Counter<'result'>;
  readonly emails: Counter<'result'>;
  readonly kept: Counter<'result'>;
  readonly keptReferrals: Counter<'result'>;
}

/** Registers the worker's metrics. The gauges read the database when they are collected. */
export function createWorkerMetrics(register: Registry, db: Database): WorkerMetrics {
  registerOpenEvents(register, db);
  registerOpenDeliveries(register, db);
  registerBudgets(register, db);
  registerOpenEmails(register, db);
  registerUntold(register, db);
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
  const kept = new Counter({
    name: 'referral_members_kept_total',
    help: 'Batches of members’ events that were kept without a workflow, by what became of them.',
    labelNames: ['result'] as const,
    registers: [register],
  });
  const keptReferrals = new Counter({
    name: 'referral_referrals_kept_total',
    help: 'Events of referrals that were decided without a workflow, by what became of them.',
    labelNames: ['result'] as const,
    registers: [register],
  });
  return { pumped, decisions, emails, kept, keptReferrals };
}

/** A count of rows in one state. */
interface StateCount {
  readonly state: string;
  readonly rows: number;
}

function registerOpenEvents(register: Registry, db: Database): void {
  const states = ['pending', 'waiting', 'delivered', 'parked', 'unmatched'];
  const help = 'Events that are not decided, by state.';
  registerStates(register, 'referral_events_open', help, states, () => rowsIn(db, 'events', states));
}

function registerOpenDeliveries(register: Registry, db: Database): void {
  const states = ['waiting', 'retrying'];
  const help = 'Messages that an endpoint has not taken yet, by state.';
  registerStates(register, 'referral_webhooks_open', help, states, () =>
    rowsIn(db, 'webhook_deliveries', states),
  );
}

function registerBudgets(register: Registry, db: Database): void {
  registerStates(
    register,
    'referral_budgets',
    'Budgets with a cap, by state: open, near (80 % granted), exhausted.',
    ['open', 'near', 'exhausted'],
    async () => (await cappedBudgets(db)).map((budget) => ({ state: budgetState(budget), rows: 1 })),
  );
}

function registerOpenEmails(register: Registry, db: Database): void {
  const states = ['pending', 'sending', 'in_doubt'];
  const help = 'E-mails that wait for their moment, and those in doubt, which wait for an operator.';
  registerStates(register, 'referral_emails_open', help, states, () => rowsIn(db, 'notice_emails', states));
}

function registerUntold(register: Registry, db: Database): void {
  new Gauge({
    name: 'referral_referrals_untold',
    help: 'Referrals whose workflow is to be told what changed.',
    registers: [register],
    async collect() {
      this.set(await db.referral.count({ where: { tellAt: { not: null } } }));
    },
  });
}

/** Counts a table's rows in each of these states. The SQL itself names them for the sake of its indexes. */
function rowsIn(
  db: Database,
  table: 'events' | 'notice_emails' | 'webhook_deliveries',
  states: readonly string[],
) {
  const listed = states.map((state) => `'${state}'`).join(', ');
  return db.$queryRaw<StateCount[]>`
    SELECT state::text, count(*)::int AS rows FROM ${Prisma.raw(table)}
    WHERE state IN (${Prisma.raw(listed)}) GROUP BY state`;
}

/** Registers a gauge with one value per state: the sum of the counts that `read` returns for it, or 0. */
function registerStates(
  register: Registry,
  name: string,
  help: string,
  states: readonly string[],
  read: () => Promise<readonly StateCount[]>,
): void {
  new Gauge({
    name,
    help,
    labelNames: ['state'] as const,
    registers: [register],
    async collect() {
      const counts = await read();
      for (const state of states) this.set({ state }, 0);
      for (const { state, rows } of counts) this.inc({ state }, rows);
    },
  });
}
