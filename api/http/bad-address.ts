import type { FastifyReply, FastifyRequest } from 'fastify';
import { classifyFastify } from './fastify-errors.ts';
import { SAFE_HEADERS } from './headers.ts';
import type { ApiMetrics } from './metrics.ts';
import { sendProblem } from './problem.ts';
import { sendError } from './send-error.ts';

export interface BadAddressOptions {
  readonly publicUrl: string;
  /** Below it, refusals are problem documents. */
  readonly problemPrefix: string;
}

/**
 * Makes what answers an address that the router itself refuses: one with a broken percent escape, or with a
 * part that is too long. No hook and no route's own handler of errors runs for it.
 */
export const badAddressHandler =
  (metrics: ApiMetrics, { publicUrl, problemPrefix }: BadAddressOptions) =>
  (cause: Error, req: FastifyRequest, reply: FastifyReply): void => {
    const error = classifyFastify(cause);
    reply.headers({ 'x-request-id': req.id, ...SAFE_HEADERS });
    if (req.url.startsWith(`${problemPrefix}/`)) {
      sendProblem(req, reply, { error, cause, procedure: 'unknown' }, { metrics, publicUrl });
    } else sendError(req, reply, error, metrics, 'unknown', cause);
  };
