import { TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { z } from 'zod';
import type { Result } from '../../domain/refusal.ts';
import { IssuerKeyError } from '../../engine/badges/keys.ts';
import { isDatabaseDown } from './database-errors.ts';
import { type ErrorCode, type RefusalStatus, statusOf } from './error-codes.ts';

/** As many as an event may have properties, so that each of them can be named. */
const ISSUES_MAX = 64;
const ISSUE_LENGTH_MAX = 200;

/** A place in the input, and what is wrong there. Never the value itself. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** A refusal on its way out of the API: a stable code and a sentence that the caller may read. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly issues: readonly Issue[];

  constructor(code: ErrorCode, message: string, issues: readonly Issue[] = []) {
    super(message);
    this.code = code;
    this.issues = issues;
  }
}

/** The same shape on every route: tRPC clients read it, and so does anyone else. */
export interface WireError {
  readonly error: {
    readonly message: string;
    /** JSON-RPC number that tRPC's clients expect; `data.code` is the one to act on. */
    readonly code: number;
    readonly data: {
      readonly code: ErrorCode;
      readonly httpStatus: RefusalStatus;
      readonly requestId: string;
      readonly issues?: readonly Issue[];
    };
  };
}

type TrpcKey = keyof typeof TRPC_ERROR_CODES_BY_KEY;

export const TRPC_KEYS: Readonly<Record<RefusalStatus, TrpcKey>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  409: 'CONFLICT',
  // No procedure of tRPC's answers so; it has no name for it.
  410: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL_SERVER_ERROR',
  503: 'SERVICE_UNAVAILABLE',
};

/** An error for a procedure to throw; the wire shows its code and sentence. */
export function fail(code: ErrorCode, message: string, issues: readonly Issue[] = []): TRPCError {
  const cause = new ApiError(code, message, issues);
  return new TRPCError({ code: TRPC_KEYS[statusOf(code)], message, cause });
}

/** The same answer for what does not exist and for what belongs to another program. */
export const notFound = (noun: string): TRPCError => fail('not_found', `There is no such ${noun}.`);

/** The value of a result, or its refusal thrown as the API's error. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw fail(result.code, result.message);
}

/** The first places that are wrong in the input, without the values that were sent. */
export function issuesOf(error: z.ZodError): Issue[] {
  return error.issues.slice(0, ISSUES_MAX).map((issue) => ({
    path: issue.path.join('.').slice(0, ISSUE_LENGTH_MAX),
    message: issue.message.slice(0, ISSUE_LENGTH_MAX),
  }));
}

/** What an error means to the caller: known refusals as they are, everything else `internal`. */
export function classify(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof z.ZodError) {
    return new ApiError('input_invalid', 'The input is not valid.', issuesOf(error));
  }
  if (isDatabaseDown(error)) {
    return new ApiError('database_unavailable', 'The database cannot be reached; try again.');
  }
  if (error instanceof IssuerKeyError) {
    return new ApiError('issuer_key_unreadable', 'The key that signs badges cannot be opened: rotate it.');
  }
  if (error instanceof TRPCError) return classifyTrpc(error);
  return new ApiError('internal', 'Something went wrong on our side; the request id helps us find it.');
}

function classifyTrpc(error: TRPCError): ApiError {
  if (error.cause instanceof SyntaxError) return new ApiError('json_invalid', 'The input is not valid JSON.');
  if (error.cause !== undefined && error.cause !== error) {
    const inner = classify(error.cause);
    if (inner.code !== 'internal' || error.code === 'INTERNAL_SERVER_ERROR') return inner;
  }
  switch (error.code) {
    case 'NOT_FOUND':
      return new ApiError('not_found', 'There is no such procedure.');
    case 'METHOD_NOT_SUPPORTED':
      return new ApiError('method_not_supported', 'Queries are sent with GET, mutations with POST.');
    case 'UNSUPPORTED_MEDIA_TYPE':
      return new ApiError('media_type_unsupported', 'Send application/json.');
    case 'PARSE_ERROR':
      return new ApiError('json_invalid', 'The input is not valid JSON.');
    case 'BAD_REQUEST':
      return new ApiError('request_invalid', 'The request cannot be understood.');
    default:
      return new ApiError('internal', 'Something went wrong on our side; the request id helps us find it.');
  }
}

/** The body of an error answer. */
export function wireError(error: ApiError, requestId: string): WireError {
  const httpStatus = statusOf(error.code);
  const issues = error.issues.length > 0 ? { issues: error.issues } : {};
  return {
    error: {
      message: error.message,
      code: TRPC_ERROR_CODES_BY_KEY[TRPC_KEYS[httpStatus]],
      data: { code: error.code, httpStatus, requestId, ...issues },
    },
  };
}
