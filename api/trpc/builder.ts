import { initTRPC } from '@trpc/server';
import type { z } from 'zod';
import type { RequestContext } from '../context.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import { classify, wireError } from '../http/errors.ts';
import type { OnceRequest } from './idempotency.ts';

/**
 * An operation of the REST API: its name in SDKs, its method, and its path below `/api/v1`. A name in braces
 * is a field of the input.
 */
export type RestAddress = `${string} ${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;

/** What a procedure says about itself; the REST API and its reference are made from it. */
export interface Meta {
  /** One address; or several where the input is a union, one for each of its options. */
  readonly rest?: RestAddress | readonly RestAddress[];
  /** What the procedure does. The first sentence is its summary. */
  readonly doc?: string;
  /** Refusals of a read with a status that other reads do not have. */
  readonly refuses?: readonly ErrorCode[];
  /** The schema of the input where its parser is a function. */
  readonly accepts?: z.ZodType;
  /** A field of the answer that is shown once: a replay has null in its place. */
  readonly shownOnce?: string;
  /**
   * Where a change that needs no header `Idempotency-Key` has its key: in the input; or it has none, because
   * it stores nothing that a repeat could store twice.
   */
  readonly idempotency?: 'input' | 'none';
  /** Whether it calls `checkTexts` itself, since one bad text must not cost all that came with it. */
  readonly checksTexts?: boolean;
}

export const t = initTRPC
  .context<RequestContext>()
  .meta<Meta>()
  .create({
    isDev: false,
    errorFormatter: ({ error, ctx }) => wireError(classify(error), ctx?.req.id ?? '').error,
  });

export const router = t.router;

/**
 * A builder that is not what the table of permissions says of the procedure: a bug, and nobody may call it.
 */
export function misbuilt(path: string): Error {
  return new Error(`${path} is built otherwise than the table of permissions says`);
}

interface Call {
  readonly path: string;
  readonly meta: Meta | undefined;
  getRawInput(): Promise<unknown>;
}

export async function onceRequest(
  ctx: RequestContext,
  scope: string,
  { path, meta, getRawInput }: Call,
): Promise<OnceRequest> {
  return {
    services: ctx.services,
    scope,
    procedure: path,
    key: ctx.idempotencyKey,
    input: await getRawInput(),
    onReplay: () => void ctx.res.header('idempotent-replayed', 'true'),
    shownOnce: meta?.shownOnce,
  };
}
