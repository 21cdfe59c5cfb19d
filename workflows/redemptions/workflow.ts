import {
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';
import type { RedemptionEnd } from '../../activities/redemptions/finish.ts';
import type { RedemptionSnapshot } from '../../activities/redemptions/snapshot.ts';
import { isRedemptionEnd } from '../../domain/redemptions/redemption.ts';
import { failureReason } from '../failure.ts';
import { type Inbox, openInbox } from '../inbox.ts';
import type { Delivery } from '../messages.ts';
import { SHORT_TRANSACTION } from '../options.ts';
import { currentRedemption, type RedemptionInput } from './messages.ts';

const activities = proxyLocalActivities<Activities>(SHORT_TRANSACTION);

/**
 * Retries a failing provider under the same key for about an hour; then an operator finds out what happened.
 */
const provider = proxyActivities<Activities>({
  startToCloseTimeout: '30 seconds',
  retry: {
    initialInterval: '2 seconds',
    backoffCoefficient: 2,
    maximumInterval: '10 minutes',
    maximumAttempts: 14,
  },
});

/**
 * A provider that answers `pending` is asked again after a minute, then after twice as long each time, up to
 * six hours. After a week an operator takes over.
 */
const PENDING_FIRST_MS = 60_000;
const PENDING_LAST_MS = 6 * 3_600_000;
const PENDING_ASKS_MAX = 36;

/**
 * One redemption from its request to its end: reserve, approve, pay, settle or release. A cancellation
 * releases the reserved amount, unless the provider may already have paid: then an operator decides. Returns
 * the last snapshot.
 */
export async function redemption(input: RedemptionInput): Promise<RedemptionSnapshot> {
  const inbox = openInbox();
  let snapshot: RedemptionSnapshot | null = null;
  setHandler(currentRedemption, () => snapshot);
  const show = (now: RedemptionSnapshot) => {
    snapshot = now;
    setCurrentDetails(details(now));
  };
  for (;;) {
    try {
      const now = await advance(input, inbox, snapshot);
      if (now === null) continue;
      show(now);
      if (isRedemptionEnd(now.status) && inbox.waiting.length === 0) return now;
    } catch (error) {
      if (!isCancellation(error) || snapshot === null) throw error;
      show(await CancellationScope.nonCancellable(() => giveUp(input, snapshot as RedemptionSnapshot)));
      throw error;
    }
  }
}

/** Waits for the next command, payment or deadline and handles it. */
async function advance(
  input: RedemptionInput,
  inbox: Inbox,
  snapshot: RedemptionSnapshot | null,
): Promise<RedemptionSnapshot | null> {
  if (snapshot?.status === 'paying') return await pay(input);
  await inbox.untilDue(snapshot?.due_at_ms ?? null);
  const next = inbox.waiting.shift();
  if (next !== undefined) return await decideCommand(input, next);
  if (snapshot?.status !== 'awaiting_approval') return snapshot;
  return await finish(input, 'release', 'approval_timed_out');
}

async function decideCommand(
  input: RedemptionInput,
  { eventId, type }: Delivery,
): Promise<RedemptionSnapshot> {
  const event = { ...input, eventId, now_ms: Date.now() };
  try {
    return type === 'redemption.requested'
      ? await activities.reserveRedemption(event)
      : await activities.decideRedemption(event);
  } catch (error) {
    const reason = failureReason(error);
    if (reason === null) throw error;
    return await activities.parkRedemptionEvent({ ...event, reason });
  }
}

async function pay(input: RedemptionInput): Promise<RedemptionSnapshot> {
  try {
    for (let asked = 1; ; asked += 1) {
      const paid = await provider.payRedemption({ ...input, now_ms: Date.now() });
      if (paid.result === 'paid') return await finish(input, 'settle', null, paid.ref);
      if (paid.result === 'refused') return await finish(input, 'release', paid.reason);
      if (paid.result === 'operator' || asked === PENDING_ASKS_MAX) {
        return await finish(input, 'escalate', paid.reason);
      }
      await sleep(Math.min(PENDING_FIRST_MS * 2 ** (asked - 1), PENDING_LAST_MS));
    }
  } catch (error) {
    if (failureReason(error) === null) throw error;
    return await finish(input, 'escalate', 'the provider did not answer');
  }
}

async function giveUp(input: RedemptionInput, { status }: RedemptionSnapshot): Promise<RedemptionSnapshot> {
  return await finish(input, status === 'awaiting_approval' ? 'release' : 'escalate', 'cancelled');
}

function finish(
  input: RedemptionInput,
  step: RedemptionEnd['step'],
  reason: string | null,
  providerRef: string | null = null,
): Promise<RedemptionSnapshot> {
  return activities.finishRedemption({ ...input, now_ms: Date.now(), step, reason, providerRef });
}

function details({ status, amount, method, member_id, reason, due_at_ms }: RedemptionSnapshot): string {
  const rows: readonly (readonly [string, string | null])[] = [
    ['status', status],
    ['amount in minor units', amount],
    ['method', method],
    ['member', member_id],
    ['why', reason],
    ['approval ends', due_at_ms === null ? null : new Date(due_at_ms).toISOString()],
  ];
  const lines = rows.filter(([, value]) => value !== null).map(([name, value]) => `| ${name} | ${value} |`);
  return ['| | |', '|---|---|', ...lines].join('\n');
}
