import { ActivityFailure, isCancellation, TemporalFailure } from '@temporalio/workflow';

/**
 * Returns why an activity failed for good; null when the error is a cancellation or not an activity's
 * failure. A local activity's failure arrives as it was thrown, a remote one's wrapped in an
 * `ActivityFailure`.
 */
export function failureReason(error: unknown): string | null {
  if (isCancellation(error)) return null;
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  return cause instanceof TemporalFailure ? cause.message : null;
}
