import { MINUTE_MS } from '../../domain/time.ts';
import type { EndpointRef } from '../../domain/webhooks/endpoint.ts';
import { restAfter } from '../../domain/webhooks/retry.ts';
import type { ActivityDeps } from '../deps.ts';
import { type Lane, nextRetry } from './claim.ts';
import { type Run, runLane } from './run.ts';
import { findTarget } from './target.ts';

export interface DeliverInput extends EndpointRef {
  readonly lane: Lane;
  /** How often in a row the runs before ended early, because the endpoint failed again and again. */
  readonly struggles: number;
  /** The workflow's time. */
  readonly now_ms: number;
}

/** How a run ended. */
export interface DeliverReport {
  /** locked: the deployment's secret does not open the endpoint's. ended: it is disabled or removed. */
  readonly status: 'active' | 'filling' | 'locked' | 'ended';
  readonly run: Run;
  /** How long to leave the endpoint alone; null: it works. */
  readonly rest_ms: number | null;
  /** When its next retry falls due; null: none will. */
  readonly retryAt_ms: number | null;
  /** When that was so, by the database's clock. Left out: nobody looked, or it is of before this was said. */
  readonly seenAt_ms?: number;
}

/** What the deployment's secret does not open is looked at again after this time. */
const LOCKED_REST_MS = 15 * MINUTE_MS;
const NO_RUN: Run = { delivered: 0, failed: 0, more: false, isStruggling: false };

/**
 * Sends an endpoint what is due in one lane, for some seconds. What is not on record when the process ends is
 * sent again, under the same id.
 */
export async function deliverWebhooks(deps: ActivityDeps, input: DeliverInput): Promise<DeliverReport> {
  const begun_ms = performance.now();
  const now = () => Math.round(input.now_ms + performance.now() - begun_ms);
  const target = await findTarget(deps, input, now());
  if (target === 'locked') return await leaveLocked(deps, input);
  if (typeof target === 'string') return { status: target, run: NO_RUN, rest_ms: null, retryAt_ms: null };
  const run = await runLane(deps, target, input.lane, now);
  const rest_ms = run.isStruggling ? restAfter(input.struggles + 1) : null;
  if (input.lane === 'first') await setBusy(deps, target, rest_ms ?? 0);
  return { status: 'active', run, rest_ms, ...(await nextRetry(deps.db, target)) };
}

async function leaveLocked(deps: ActivityDeps, ref: EndpointRef): Promise<DeliverReport> {
  deps.log.error({ endpointId: ref.endpointId }, 'the secret of a webhook endpoint cannot be opened');
  await setBusy(deps, ref, LOCKED_REST_MS);
  return { status: 'locked', run: NO_RUN, rest_ms: LOCKED_REST_MS, retryAt_ms: null };
}

/** As long as the workflow rests, it needs no reminder of what is due. */
async function setBusy({ db }: ActivityDeps, { programId, endpointId }: EndpointRef, rest_ms: number) {
  const until = new Date(Date.now() + rest_ms);
  await db.$executeRaw`
    UPDATE webhook_endpoints SET busy_until = ${until}::timestamptz
    WHERE program_id = ${programId}::uuid AND id = ${endpointId}::uuid`;
}
