import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, statusOf } from './error-codes.ts';
import { type ApiError, wireError } from './errors.ts';
import type { ApiMetrics } from './metrics.ts';

const RETRY_AFTER_S = '1';

/** Answers with an error: counted under `procedure`, in the one form, with the cause in the log alone. */
export function sendError(
  req: FastifyRequest,
  reply: FastifyReply,
  error: ApiError,
  metrics: ApiMetrics,
  procedure: string,
  cause?: unknown,
): FastifyReply {
  report(req, error.code, metrics, cause, procedure);
  sayWhatToDo(reply, error);
  return reply.code(statusOf(error.code)).send(wireError(error, req.id));
}

/**
 * Tells the caller in a header what to do: to come again when an error passes by itself, or to send a bearer
 * token, another one where there was one (RFC 9110, 15.5.2; RFC 6750, 3).
 */
export function sayWhatToDo(reply: FastifyReply, { code }: ApiError): void {
  const status = statusOf(code);
  if (status === 503) reply.header('retry-after', RETRY_AFTER_S);
  if (status !== 401) return;
  const wasSent = reply.request.headers.authorization !== undefined;
  reply.header('www-authenticate', wasSent ? 'Bearer error="invalid_token"' : 'Bearer');
}

/** Counts a refusal, and logs what only we may read. `procedure` must come from a closed set. */
export function report(
  req: FastifyRequest,
  code: ErrorCode,
  metrics: ApiMetrics,
  cause: unknown,
  procedure: string,
): void {
  metrics.refusals.inc({ code, procedure });
  if (code === 'internal') req.log.error({ reqId: req.id, err: cause, procedure }, 'internal error');
  else if (code === 'database_unavailable') {
    req.log.warn({ reqId: req.id, err: cause, procedure }, 'the database cannot be reached');
  }
}
