import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { askWithin } from '../../platform/temporal.ts';
import type { Services, Temporal, TemporalDoor } from '../context.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import { fail } from '../http/errors.ts';

/** Callers are not kept waiting by a server that does not answer. */
const DEADLINE_MS = 5_000;

/** gRPC's codes for a request that is wrong in itself: INVALID_ARGUMENT, OUT_OF_RANGE, UNIMPLEMENTED. */
const WRONG_REQUEST: ReadonlySet<number> = new Set([3, 11, 12]);

/** The way of this API's procedures to Temporal, whose every call ends within five seconds. */
export const createTemporalDoor =
  (temporal: Temporal): TemporalDoor =>
  (ask) =>
    askWithin(temporal, DEADLINE_MS, () => ask(temporal));

/**
 * Returns what `ask` makes of Temporal's answers, within five seconds. Not within a transaction: a procedure
 * that asks for a step which belongs on record is an `outsideMutation`. Throws the refusal `code` when this
 * API has no Temporal, or when Temporal does not answer; the cause is logged. Every other error passes: it is
 * a bug, or a refusal of the caller's own.
 */
export async function askTemporal<T>(
  { temporal, log }: Pick<Services, 'temporal' | 'log'>,
  code: ErrorCode,
  ask: (temporal: Temporal) => Promise<T>,
): Promise<T> {
  if (temporal === undefined) throw fail(code, 'This API is not connected to Temporal.');
  try {
    return await temporal(ask);
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    log.warn({ err: error }, 'Temporal did not answer');
    throw fail(code, 'Temporal does not answer at the moment; try again.');
  }
}

/**
 * Whether the server, the way to it or its set-up is the cause of an error, and not what this API asked for.
 */
function isUnreachable(error: unknown): boolean {
  if (error instanceof NamespaceNotFoundError) return true;
  if (isGrpcServiceError(error)) return !WRONG_REQUEST.has(error.code);
  if (!(error instanceof ServiceError)) return false;
  const { cause } = error;
  return isGrpcServiceError(cause) ? isUnreachable(cause) : !(cause instanceof TypeError);
}
