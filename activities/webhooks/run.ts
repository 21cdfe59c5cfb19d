import { judgeAnswer } from '../../domain/webhooks/retry.ts';
import { createTurns } from '../../domain/webhooks/turns.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';
import { createBusy } from './busy.ts';
import { claimDue, type Due, type Lane } from './claim.ts';
import { recordTried, type Tried } from './record.ts';
import { sendOnce } from './send.ts';
import type { WebhookTarget } from './target.ts';

/** Calls to one endpoint under way at once. */
const CONNECTIONS: Readonly<Record<Lane, number>> = { first: 16, retry: 4 };
/** Messages that a claim takes. */
const CLAIM_MAX = 500;
/** Attempts that are written at once. */
const RECORD_MAX = 100;
/** A run claims no more after this time, so that a worker can stop. */
const RUN_MS = 5_000;
/**
 * An endpoint that fails so often in a row is left alone for a while; to be told to slow down counts more.
 */
const FAILURES_MAX = 10;
const FAILURES = { failed: 1, throttled: 5, gone: FAILURES_MAX } as const;

/** What a run came to. */
export interface Run {
  readonly delivered: number;
  readonly failed: number;
  /** There was more to send when it ended. */
  readonly more: boolean;
  /** It ended early, because the endpoint fails again and again. */
  readonly isStruggling: boolean;
}

/**
 * Sends an endpoint what is due in one lane, for some seconds: messages of one subject one after the other,
 * others side by side. It claims and records beside the calls, which are what takes the time.
 */
export async function runLane(
  deps: ActivityDeps,
  target: WebhookTarget,
  lane: Lane,
  now: () => number,
): Promise<Run> {
  const turns = createTurns<Due>();
  const busy = createBusy();
  const claims = createClaims(deps, target, lane, now);
  const records = createRecords(deps, target, now);
  let calls = 0;
  let failuresInARow = 0;
  let delivered = 0;
  let failed = 0;
  const isStruggling = () => failuresInARow >= FAILURES_MAX;

  async function tryOne(due: Due): Promise<void> {
    const attempt = await sendOnce(target, due, deps.webhooks);
    turns.done(due);
    calls -= 1;
    const verdict = judgeAnswer(attempt);
    failuresInARow = verdict === 'delivered' ? 0 : failuresInARow + FAILURES[verdict];
    if (verdict === 'delivered') delivered += 1;
    else failed += 1;
    await records.add({ due, attempt, verdict, chance: Math.random() });
  }

  try {
    do {
      if (!isStruggling() && turns.waiting <= CLAIM_MAX / 2 && claims.isOpen()) {
        busy.start(claims.next().then(turns.add));
      }
      for (let due: Due | null; !isStruggling() && calls < CONNECTIONS[lane]; ) {
        due = turns.take();
        if (due === null) break;
        calls += 1;
        busy.start(tryOne(due));
      }
    } while (await busy.anyEnd());
  } finally {
    await busy.allEnd();
    await records.flush();
  }
  return { delivered, failed, more: turns.waiting > 0 || claims.hasMore(), isStruggling: isStruggling() };
}

/**
 * Claims one after the other until there is nothing more to claim, or the time is up. Retries are claimed
 * once: until they are on record they look as due as before.
 */
function createClaims(deps: ActivityDeps, target: WebhookTarget, lane: Lane, now: () => number) {
  const until_ms = performance.now() + RUN_MS;
  let after = 0n;
  let isUnderWay = false;
  let isOver = false;
  let hasMore = true;
  return {
    isOpen: () => !isUnderWay && !isOver && performance.now() < until_ms,
    hasMore: () => hasMore,
    async next(): Promise<readonly Due[]> {
      isUnderWay = true;
      const found = await claimDue(deps.db, target, { lane, after, limit: CLAIM_MAX, now_ms: now() });
      isUnderWay = false;
      after = found.at(-1)?.outboxId ?? after;
      hasMore = found.length === CLAIM_MAX;
      isOver = !hasMore || lane === 'retry';
      return found;
    },
  };
}

/** Writes attempts in batches, one batch after the other. */
function createRecords(deps: ActivityDeps, target: WebhookTarget, now: () => number) {
  let tried: Tried[] = [];
  let writing = Promise.resolve();
  const flush = (): Promise<void> => {
    const batch = tried;
    tried = [];
    writing = writing.then(() => inTransaction(deps, (tx) => recordTried(tx, target, batch, now())));
    return writing;
  };
  return {
    flush,
    async add(one: Tried): Promise<void> {
      tried.push(one);
      if (tried.length >= RECORD_MAX) await flush();
    },
  };
}
