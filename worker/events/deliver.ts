import { type Client, isGrpcServiceError, ServiceError, WorkflowIdReusePolicy } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { askWithin } from '../../platform/temporal.ts';
import { type Delivery, deliver } from '../../workflows/messages.ts';
import { MEMBER_ID, PROGRAM_ID } from '../../workflows/search-attributes.ts';

/** Events for one workflow, in the order of their decisions. */
export interface Parcel {
  readonly programId: string;
  readonly workflowId: string;
  readonly deliveries: readonly Delivery[];
  /** Left out: `early`. */
  readonly urgency?: Urgency;
}

/** Does what needs no workflow. */
export interface Keeper {
  /** Whether it takes the parcel. What it does not take is for the parcel's workflow. */
  take(parcel: Parcel): boolean;
  /** Resolves when it has done all that it took. */
  idle(): Promise<void>;
}

/**
 * Temporal’s priority keys: of the tasks in its queue, those of the lowest go first. A workflow keeps the one
 * it began with. What no pump starts has Temporal’s own middle, 3. Its fairness keys are not used: a server
 * ignores them unless it was told to heed them.
 */
const PRIORITY_KEYS = { awaited: 2, early: 3, bulk: 4 } as const;

/** Somebody waits for it; or it is one of few of its program; or one of many. */
export type Urgency = keyof typeof PRIORITY_KEYS;

/** Of a parcel that does not say. */
const URGENCY: Urgency = 'early';

/** The more urgent of two. */
export const moreUrgent = (a: Urgency = URGENCY, b: Urgency = URGENCY): Urgency =>
  PRIORITY_KEYS[a] <= PRIORITY_KEYS[b] ? a : b;

/** gRPC's INVALID_ARGUMENT: asking again cannot help, but for a workflow that is full. */
const INVALID_ARGUMENT = 3;
/**
 * What the server says of a workflow that holds as many signals as it may (10,000 in a run, as it comes). It
 * takes more once it has decided those and continued as new.
 */
const FULL = /limit for signal/;
/**
 * gRPC's UNKNOWN (also the code of a broken connection), DEADLINE_EXCEEDED and UNAVAILABLE: the next parcel
 * would fail too.
 */
const AWAY: ReadonlySet<number> = new Set([2, 4, 14]);
/** The time limit of one delivery, including the client's own retries. */
const DELIVERY_TIMEOUT_MS = 10_000;

/**
 * Why a parcel was not delivered. `poison`: it never can be. `full`: its workflow takes no more signals for
 * now. `away`: Temporal cannot be reached.
 */
export type Undelivered = 'poison' | 'full' | 'away' | 'failed';

/** Returns why `deliverParcel` failed, by its error. */
export function whyUndelivered(error: unknown): Undelivered {
  // The client wraps the server's answer.
  const answer = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(answer)) return 'failed';
  if (answer.code === INVALID_ARGUMENT) return FULL.test(answer.message) ? 'full' : 'poison';
  return AWAY.has(answer.code) ? 'away' : 'failed';
}

const KINDS = {
  referral: { input: 'referralId', summary: 'One referral, from its first event to its end' },
  survey: { input: 'surveyId', summary: 'One survey: ask, remind, answer or lapse' },
  redemption: { input: 'redemptionId', summary: 'One redemption: reserve, approve, pay, settle or release' },
  member: { input: 'memberId', summary: 'One member: what events and referrals add up to' },
} as const;

type Kind = keyof typeof KINDS;

/** What the Web UI says of a referral's workflow. */
export const REFERRAL_SUMMARY = KINDS.referral.summary;

/** A workflow's id is its kind, a hyphen and the id of what it is about. */
function kindOf(workflowId: string): Kind {
  const kind = workflowId.slice(0, workflowId.indexOf('-'));
  if (!Object.hasOwn(KINDS, kind)) throw new Error(`no workflow has ids like ${workflowId}`);
  return kind as Kind;
}

/**
 * Signals the parcel's workflow, and starts it first if it does not run. Resolves when the server has stored
 * the signal.
 */
export async function deliverParcel(client: Client, taskQueue: string, parcel: Parcel): Promise<void> {
  const { programId, workflowId, deliveries, urgency = URGENCY } = parcel;
  const kind = kindOf(workflowId);
  const { input, summary } = KINDS[kind];
  const id = workflowId.slice(kind.length + 1);
  const program = { key: PROGRAM_ID, value: programId };
  const start = () =>
    client.workflow.signalWithStart(kind, {
      workflowId,
      taskQueue,
      args: [{ programId, [input]: id }],
      signal: deliver,
      signalArgs: [deliveries],
      // An event may come after the workflow's end; the new run reads its state from the database.
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: summary,
      priority: { priorityKey: PRIORITY_KEYS[urgency] },
      typedSearchAttributes: new TypedSearchAttributes(
        kind === 'member' ? [program, { key: MEMBER_ID, value: id }] : [program],
      ),
    });
  await askWithin(client, DELIVERY_TIMEOUT_MS, start);
}
