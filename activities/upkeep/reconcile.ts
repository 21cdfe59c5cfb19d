import { prove } from '../../ledger/prove.ts';
import type { ActivityDeps } from '../deps.ts';

/** What a reconciliation found; nothing in it names a person. */
export interface Reconciliation {
  readonly clean: boolean;
  /** Names of the ledger's checks that failed. */
  readonly failed: readonly string[];
  readonly parked: number;
  /** Events that were handed over more than an hour ago and are not decided. */
  readonly overdue: number;
}

/** Proves the ledger and counts what is stuck. */
export async function reconcile({ db, databaseUrl, log }: ActivityDeps): Promise<Reconciliation> {
  const proof = await prove(databaseUrl);
  const failed = proof.checks.filter(({ ok }) => !ok).map(({ name }) => name);
  const [stuck] = await db.$queryRaw<{ parked: number; overdue: number }[]>`
    SELECT (SELECT count(*)::int FROM events WHERE state = 'parked') AS parked,
           (SELECT count(*)::int FROM events
            WHERE state = 'delivered' AND received_at < now() - interval '1 hour') AS overdue`;
  const { parked = 0, overdue = 0 } = stuck ?? {};
  const report = { clean: failed.length === 0 && overdue === 0, failed, parked, overdue };
  if (report.clean) log.info(report, 'reconciliation is clean');
  else log.error(report, 'reconciliation is not clean');
  return report;
}
