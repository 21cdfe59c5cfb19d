import { z } from 'zod';
import { API_CODES, REFUSAL_STATUS, type RefusalStatus, statusOf } from '../http/error-codes.ts';
import { TITLES } from '../http/problem.ts';
import type { Operation } from './operations.ts';

const STATUSES = Object.keys(TITLES).map(Number) as RefusalStatus[];

/** The form of a problem document (RFC 9457). */
export const problemSchema = z
  .strictObject({
    type: z.string().meta({ format: 'uri', examples: ['http://localhost:3000/docs/problems#not_found'] }),
    title: z.string().meta({ examples: ['Not found'] }),
    status: z
      .number()
      .int()
      .meta({ examples: [404] }),
    detail: z
      .string()
      .meta({ description: 'A sentence for people.', examples: ['There is no such member.'] }),
    code: z.string().meta({ description: 'Stable; the one to act on.', examples: ['not_found'] }),
    requestId: z.string().meta({ description: 'Finds this request in our log.', examples: ['4f1c9a-1k'] }),
    issues: z
      .array(
        z
          .strictObject({
            path: z.string().meta({ examples: ['email'] }),
            message: z.string().meta({ examples: ['must be a text'] }),
          })
          .meta({ id: 'Issue', description: 'A place in the input, and what is wrong there.' }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'Why a request was refused (RFC 9457).' });

const nameOf = (status: number): string => `Problem${status}`;

/** A response for each status that a refusal may have, with the codes that come with it. */
export function problemResponses(): Record<string, object> {
  const codes = Object.entries({ ...API_CODES, ...REFUSAL_STATUS });
  return Object.fromEntries(
    STATUSES.map((status) => {
      const own = codes.filter(([, its]) => its === status).map(([code]) => `\`${code}\``);
      const schema = { $ref: '#/components/schemas/Problem' };
      const description = `${TITLES[status]}. Codes: ${own.join(', ')}.`;
      return [nameOf(status), { description, content: { 'application/problem+json': { schema } } }];
    }),
  );
}

/** The statuses with which any operation may refuse. */
const EACH: readonly RefusalStatus[] = [400, 401, 403, 404, 429, 500, 503];
/** Those with which a change may refuse besides: a body may come with it, whether it takes one or not. */
const EACH_CHANGE: readonly RefusalStatus[] = [409, 413, 415, 422];

/** The refusals that an operation may be answered with. */
export function responsesOf({ isChange, isStream, refuses = [] }: Operation): Record<string, object> {
  const own = isStream ? [410 as const] : isChange ? EACH_CHANGE : [];
  const statuses = [...EACH, ...own, ...refuses.map(statusOf)];
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/${nameOf(status)}` }]),
  );
}
