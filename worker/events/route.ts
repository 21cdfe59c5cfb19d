import { isOnHold } from '../../domain/programs/deciding.ts';
import { NOT_REFERRED } from '../../domain/referrals/attribution.ts';
import { clickWaitLeft_ms } from '../../domain/referrals/click-wait.ts';
import type { RefusalCode } from '../../domain/refusal.ts';
import { DAY_MS } from '../../domain/time.ts';
import { memberWorkflow, referralWorkflow } from '../../engine/events/workflow-ids.ts';
import type { ClaimedEvent, CountsFor } from './claim.ts';

/** How long an event waits for the one it builds on, before it is set aside as unmatched. */
export const UNMATCHED_AFTER_MS = 7 * DAY_MS;

/**
 * An ended program takes no more signups. A signup that another process accepted just before the end is
 * stored after this time.
 */
const NO_SIGNUP_AFTER_END_MS = 60_000;

/** An event that is delivered this often without a decision is parked for an operator. */
export const HANDED_OVER_MAX = 40;

export type Route =
  | { readonly to: 'workflow'; readonly workflowId: string }
  /** `acted`: the workflow that counts the event for points meanwhile. */
  | { readonly to: 'wait'; readonly rest_ms: number; readonly reason: string; readonly acted?: string }
  | { readonly to: 'refusal'; readonly code: RefusalCode; readonly message: string }
  | { readonly to: 'unmatched'; readonly reason: string }
  | { readonly to: 'parked'; readonly reason: string };

/** Returns where a claimed event goes. `batch` holds the ids of those that are sent with it and before it. */
export function route(event: ClaimedEvent, batch: ReadonlySet<string>, now_ms: number): Route {
  if (isOnHold(event.programStatus)) return { to: 'wait', rest_ms: 60_000, reason: 'program_paused' };
  if (event.attempts > HANDED_OVER_MAX && event.state === 'delivered') {
    return { to: 'parked', reason: `handed over ${HANDED_OVER_MAX} times and never decided` };
  }
  const click_wait_ms = clickWaitOf(event, now_ms);
  if (click_wait_ms > 0) {
    return { to: 'wait', rest_ms: Math.min(click_wait_ms, restFor(event)), reason: 'waits_for_click' };
  }
  if (event.sameOrder !== null) {
    const message =
      event.sameOrder === ''
        ? 'This order came before, in an event that is not kept any more.'
        : `This order came before, under the key “${event.sameOrder}”.`;
    return { to: 'refusal', code: 'order_known', message };
  }
  if (event.workflowId !== null) return { to: 'workflow', workflowId: event.workflowId };
  return event.type === 'refund' ? routeRefund(event, batch, now_ms) : routeAction(event, batch, now_ms);
}

/**
 * Returns how much longer a claimed event waits for the click that it names; 0: not at all. Events of the
 * same member must not go ahead of a signup that waits.
 */
function clickWaitOf(event: ClaimedEvent, now_ms: number): number {
  const { unknownClick, occurredAt, receivedAt, state } = event;
  // Its workflow may be deciding a signup that was handed over.
  if (unknownClick === null || state === 'delivered') return 0;
  const times = { occurred_at_ms: occurredAt.getTime(), received_at_ms: receivedAt.getTime() };
  return clickWaitLeft_ms({ clickId: unknownClick, ...times }, now_ms);
}

function routeAction(event: ClaimedEvent, batch: ReadonlySet<string>, now_ms: number): Route {
  const { referralId, signup, counts } = event;
  if (referralId !== null) return { to: 'workflow', workflowId: referralWorkflow(referralId) };
  if (signup === null) return routeWithoutSignup(event, now_ms);
  if (signup.state === 'decided') {
    if (signup.decision === 'refused') {
      if (counts !== null) return { to: 'workflow', workflowId: memberWorkflow(counts.memberId) };
      return { to: 'refusal', ...NOT_REFERRED };
    }
    return { to: 'wait', rest_ms: 100, reason: 'signup_just_decided' };
  }
  const goesFirst = signup.state === 'delivered' || batch.has(signup.id);
  if (goesFirst && signup.workflowId !== null) return { to: 'workflow', workflowId: signup.workflowId };
  return waitFor('signup', event, now_ms);
}

/** Routes an action whose member has not signed up, yet or ever. */
function routeWithoutSignup(event: ClaimedEvent, now_ms: number): Route {
  const { counts, programStatus, receivedAt } = event;
  if (counts !== null) return countFor(counts, event, now_ms);
  if (programStatus === 'ended' && now_ms - receivedAt.getTime() > NO_SIGNUP_AFTER_END_MS) {
    return {
      to: 'refusal',
      code: 'not_referred',
      message: 'The program has ended, and the member had not signed up.',
    };
  }
  return waitFor('signup', event, now_ms);
}

/**
 * Routes an action that earns points. Where no referral could use it, the member's workflow decides it at
 * once. Otherwise that workflow counts it at once, and the event waits for the signup, because a member's
 * action may arrive before their signup.
 */
function countFor({ memberId, refers }: CountsFor, event: ClaimedEvent, now_ms: number): Route {
  const workflowId = memberWorkflow(memberId);
  const wait = waitFor('signup', event, now_ms);
  return refers && wait.to === 'wait' ? waitCounted(workflowId, wait) : { to: 'workflow', workflowId };
}

/** What waits for a referral to decide it counts for points meanwhile, where a workflow counts it. */
const waitCounted = (acted: string | null, wait: Route): Route =>
  wait.to === 'wait' && acted !== null ? { ...wait, acted } : wait;

function routeRefund(event: ClaimedEvent, batch: ReadonlySet<string>, now_ms: number): Route {
  const { target } = event;
  if (event.isTargetGone) {
    const message = 'The event that is to be refunded is not kept any more.';
    return { to: 'refusal', code: 'refund_too_late', message };
  }
  if (target === null) return waitFor('refunded_event', event, now_ms);
  const isDismissed =
    target.state === 'unmatched' || (target.state === 'decided' && target.decision === 'refused');
  // An action that no referral accepted may have counted for points.
  if (isDismissed && target.actedBy !== null) return { to: 'workflow', workflowId: target.actedBy };
  if (target.state === 'decided' && target.decision === 'refused') {
    return {
      to: 'refusal',
      code: 'refund_of_unknown',
      message: 'The event that is to be refunded was refused itself.',
    };
  }
  if (target.state === 'unmatched') {
    return {
      to: 'refusal',
      code: 'refund_of_unknown',
      message: 'The event that is to be refunded found no referral.',
    };
  }
  const goesFirst = target.state === 'delivered' || target.state === 'decided' || batch.has(target.id);
  if (!goesFirst) return waitCounted(target.actedBy, waitFor('refunded_event', event, now_ms));
  if (target.workflowId !== null) return { to: 'workflow', workflowId: target.workflowId };
  // Both are in this batch, so the refund follows its action to the same workflow.
  const routedAction = routeAction(event, batch, now_ms);
  return routedAction.to === 'workflow' ? routedAction : waitFor('refunded_event', event, now_ms);
}

/**
 * Waits longer each time. A decision on another event of the same member makes the waiting events due at
 * once.
 */
function waitFor(what: string, event: ClaimedEvent, now_ms: number): Route {
  const { receivedAt, programSince } = event;
  const since_ms = Math.max(receivedAt.getTime(), programSince.getTime());
  if (now_ms - since_ms > UNMATCHED_AFTER_MS) return { to: 'unmatched', reason: `no ${what} came in time` };
  return { to: 'wait', rest_ms: restFor(event), reason: `waits_for_${what}` };
}

/** 500 ms at first, twice as long each time, up to an hour. */
const restFor = ({ attempts }: ClaimedEvent): number =>
  Math.min(3_600_000, 250 * 2 ** Math.min(attempts, 14));
