import { ApplicationFailure, patched, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';
import type { Reconciliation } from '../../activities/upkeep/reconcile.ts';

const activities = proxyActivities<Activities>({
  // The prover reads the whole ledger; a large one takes minutes.
  startToCloseTimeout: '30 minutes',
  retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes', maximumAttempts: 10 },
});

/**
 * Expires lots whose time is up, deletes old answers and deliveries, ends months that are past their time,
 * makes the mailbox keys anew that older rules made, wakes overdue workflows, then proves the ledger and
 * looks for stuck events. Fails with type `NotClean` when a check fails: the schedule shows it in red.
 */
export async function upkeep(): Promise<Reconciliation & { readonly expired: number }> {
  const { expired } = await activities.expireLots({ now_ms: Date.now() });
  await activities.forgetAnswers();
  if (patched('forget-deliveries')) await activities.forgetDeliveries({ now_ms: Date.now() });
  const { gone } = patched('keep-months')
    ? await activities.keepMonths({ now_ms: Date.now() })
    : { gone: [] };
  if (patched('rekey-members')) await activities.rekeyMembers();
  const { woken } = await activities.wakeOverdue();
  const report = await activities.reconcile();
  setCurrentDetails(
    `lots lapsed: ${expired}, workflows woken: ${woken}, ` +
      `checks failed: ${report.failed.join(', ') || 'none'}, ` +
      `parked: ${report.parked}, overdue: ${report.overdue}, months gone: ${gone.length}`,
  );
  if (!report.clean) {
    throw ApplicationFailure.nonRetryable(
      `not clean: ${report.failed.join(', ')}; overdue: ${report.overdue}`,
      'NotClean',
      report,
    );
  }
  return { ...report, expired };
}
