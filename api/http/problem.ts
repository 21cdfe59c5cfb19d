import type { FastifyReply, FastifyRequest } from 'fastify';
import { below } from '../../domain/address.ts';
import { type RefusalStatus, statusOf } from './error-codes.ts';
import type { ApiError, Issue } from './errors.ts';
import type { ApiMetrics } from './metrics.ts';
import { report, sayWhatToDo } from './send-error.ts';

/** The statuses that a refusal may have, with their names. */
export const TITLES: Readonly<Record<RefusalStatus, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content too large',
  415: 'Unsupported media type',
  422: 'Unprocessable content',
  429: 'Too many requests',
  500: 'Internal server error',
  503: 'Service unavailable',
};

/** A problem document (RFC 9457). `code` is the one to act on; it never changes its meaning. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly issues?: readonly Issue[];
}

/** The document that says why a request was refused. `publicUrl` is where its type is explained. */
export function problemOf(error: ApiError, requestId: string, publicUrl: string): ProblemDocument {
  const status = statusOf(error.code);
  return {
    type: below(publicUrl, `/docs/problems#${error.code}`),
    title: TITLES[status],
    status,
    detail: error.message,
    code: error.code,
    requestId,
    ...(error.issues.length === 0 ? {} : { issues: error.issues }),
  };
}

/** Answers with a problem document; the cause goes into the log alone. */
export function sendProblem(
  req: FastifyRequest,
  reply: FastifyReply,
  { error, cause, procedure }: { error: ApiError; cause: unknown; procedure: string },
  { metrics, publicUrl }: { metrics: ApiMetrics; publicUrl: string },
): FastifyReply {
  report(req, error.code, metrics, cause, procedure);
  const problem = problemOf(error, req.id, publicUrl);
  sayWhatToDo(reply, error);
  return reply.code(problem.status).type('application/problem+json; charset=utf-8').send(problem);
}
