import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  QueryRejectedError,
  ServiceError,
} from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { currentReferral } from '../../workflows/referrals/messages.ts';
import type { Services } from '../context.ts';
import { fail } from '../http/errors.ts';
import { askTemporal } from '../temporal/ask.ts';

/** gRPC's FAILED_PRECONDITION: a run that starts delayed has not begun, and so knows nothing yet. */
const NOT_BEGUN = 9;

/**
 * Asks a referral's workflow for its state; null: it waits to begin. Throws `live_view_unavailable` when it
 * cannot answer.
 */
export async function readLive(services: Services, referralId: string) {
  const workflowId = referralWorkflow(referralId);
  const state = await askTemporal(services, 'live_view_unavailable', async ({ workflow }) => {
    try {
      return await workflow.getHandle(workflowId).query(currentReferral);
    } catch (error) {
      if (isNotBegun(error)) return null;
      if (!hasNoAnswer(error)) throw error;
      services.log.warn({ err: error }, 'a workflow has no answer to a query');
      throw fail(
        'live_view_unavailable',
        'The workflow cannot answer; `referrals.get` has what is on record.',
      );
    }
  });
  return { workflowId, state };
}

/** What a referral's workflow says of itself. */
export type LiveState = NonNullable<Awaited<ReturnType<typeof readLive>>['state']>;

const isNotBegun = (error: unknown): boolean =>
  error instanceof ServiceError && isGrpcServiceError(error.cause) && error.cause.code === NOT_BEGUN;

/** Temporal answered, but the workflow does not exist or takes no queries. */
const hasNoAnswer = (error: unknown): boolean =>
  error instanceof WorkflowNotFoundError ||
  error instanceof QueryNotRegisteredError ||
  error instanceof QueryRejectedError;
