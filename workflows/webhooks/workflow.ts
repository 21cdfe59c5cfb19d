import {
  condition,
  continueAsNew,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';
import type { Lane } from '../../activities/webhooks/claim.ts';
import type { DeliverReport } from '../../activities/webhooks/deliver.ts';
import type { EndpointRef } from '../../domain/webhooks/endpoint.ts';
import { failureReason } from '../failure.ts';
import { SHORT_TRANSACTION } from '../options.ts';
import { wake, webhookQueue } from './messages.ts';

const { fillWebhook } = proxyLocalActivities<Activities>(SHORT_TRANSACTION);

const calls = () =>
  proxyActivities<Activities>({
    taskQueue: webhookQueue(workflowInfo().taskQueue),
    // A run claims for five seconds, and the calls that it then waits for end within fifteen.
    startToCloseTimeout: '45 seconds',
    heartbeatTimeout: '8 seconds',
    retry: { initialInterval: '1 second', maximumInterval: '1 minute', nonRetryableErrorTypes: ['Bug'] },
  });

/** Longer than any transaction takes that began before the endpoint was there. */
const FILL_AFTER_MS = 20_000;
/** A run that failed for a reason of ours is tried again after this time. */
const TROUBLE_REST_MS = 15 * 60_000;

/** Where one endpoint's two lanes stand. */
interface Standing {
  woken: boolean;
  /** The lane of first attempts has nothing to do. */
  isIdle: boolean;
  /** When the next retry falls due; null: none will. */
  retryAt_ms: number | null;
  /** When that was so, by the database's clock. */
  seenAt_ms: number;
  /** Nothing is left to do here: the endpoint is done with, or a new run goes on. */
  isOver: boolean;
  delivered: number;
  failed: number;
}

/** Makes one run of a lane; null: it failed for a reason that stands in the log. */
type RunLane = (lane: Lane, struggles: number) => Promise<DeliverReport | null>;

/**
 * Tells one endpoint what is due to it, until nothing is. First attempts and retries are two lanes, so that
 * neither waits for the other. A signal says that there is something new.
 */
export async function delivery(input: EndpointRef): Promise<void> {
  const at: Standing = {
    woken: true,
    isIdle: false,
    retryAt_ms: null,
    seenAt_ms: 0,
    isOver: false,
    delivered: 0,
    failed: 0,
  };
  setHandler(wake, () => {
    at.woken = true;
  });
  const { deliverWebhooks } = calls();
  const run: RunLane = async (lane, struggles) => {
    try {
      const report = await deliverWebhooks({ ...input, lane, struggles, now_ms: Date.now() });
      note(at, report);
      return report;
    } catch (error) {
      if (failureReason(error) === null) throw error;
      return null;
    }
  };
  await Promise.all([tellFirst(input, at, run), tellAgain(at, run), seeTheEnd(at)]);
  if (at.woken || at.retryAt_ms !== null) await continueAsNew<typeof delivery>(input);
}

function note(at: Standing, report: DeliverReport): void {
  at.delivered += report.run.delivered;
  at.failed += report.run.failed;
  noteRetry(at, report);
  if (report.status === 'ended') {
    at.isOver = true;
    at.woken = false;
  }
  setCurrentDetails(details(at, report));
}

/** The reports of the two lanes may cross: one that was made earlier knows nothing of what came after. */
function noteRetry(at: Standing, { retryAt_ms, seenAt_ms = at.seenAt_ms }: DeliverReport): void {
  if (seenAt_ms < at.seenAt_ms) return;
  at.retryAt_ms = retryAt_ms;
  at.seenAt_ms = seenAt_ms;
}

/** Makes first attempts as long as there are any, then waits for a signal. A long history ends the run. */
async function tellFirst(input: EndpointRef, at: Standing, run: RunLane): Promise<void> {
  for (let struggles = 0; !at.isOver; ) {
    at.woken = false;
    const report = await run('first', struggles);
    struggles = strugglesAfter(report, struggles);
    const rest_ms = restOf(report);
    if (report?.status === 'filling') await fill(input);
    else if (rest_ms > 0) await sleep(rest_ms);
    else if (report?.run.more === false) {
      at.isIdle = true;
      await condition(() => at.woken || at.isOver);
      at.isIdle = false;
    }
    if (workflowInfo().continueAsNewSuggested && !at.isOver) {
      at.isOver = true;
      at.woken = true;
    }
  }
}

/** Makes retries as they fall due. */
async function tellAgain(at: Standing, run: RunLane): Promise<void> {
  for (let struggles = 0; !at.isOver; ) {
    if (!(await retryIsDue(at))) continue;
    const report = await run('retry', struggles);
    struggles = strugglesAfter(report, struggles);
    const rest_ms = restOf(report);
    if (rest_ms > 0) await sleep(rest_ms);
  }
}

/** Waits for the next retry. False: something else came first. */
async function retryIsDue(at: Standing): Promise<boolean> {
  await condition(() => at.isOver || at.retryAt_ms !== null);
  const due_ms = at.retryAt_ms;
  if (at.isOver || due_ms === null) return false;
  const wait_ms = due_ms - Date.now();
  return wait_ms <= 0 || !(await condition(() => at.isOver || at.retryAt_ms !== due_ms, wait_ms));
}

/** Ends both lanes once nothing is left to do. */
async function seeTheEnd(at: Standing): Promise<void> {
  await condition(() => at.isOver || (at.isIdle && !at.woken && at.retryAt_ms === null));
  at.isOver = true;
}

const strugglesAfter = (report: DeliverReport | null, before: number): number =>
  report === null || report.rest_ms === null ? 0 : before + 1;

const restOf = (report: DeliverReport | null): number =>
  report === null ? TROUBLE_REST_MS : (report.rest_ms ?? 0);

/** Queues what was told before the endpoint was there, once all that was told then is on record. */
async function fill(input: EndpointRef): Promise<void> {
  await sleep(FILL_AFTER_MS);
  for (let after: string | null = '0'; after !== null; ) {
    ({ last: after } = await fillWebhook({ ...input, after }));
  }
}

function details({ delivered, failed, retryAt_ms }: Standing, { status, rest_ms }: DeliverReport): string {
  const lines = [
    `status: ${status}`,
    `delivered in this run: ${delivered}`,
    `failed attempts in this run: ${failed}`,
    `rest: ${rest_ms === null ? 'none' : `${rest_ms / 1_000} s, because it fails again and again`}`,
    `next retry: ${retryAt_ms === null ? 'none' : new Date(retryAt_ms).toISOString()}`,
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}
