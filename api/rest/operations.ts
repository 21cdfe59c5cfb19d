import { z } from 'zod';
import type { Scope } from '../../domain/operators/scopes.ts';
import { permissionFor, scopeFor } from '../auth/permission-for.ts';
import type { RequestContext } from '../context.ts';
import { FEED_ADDRESSES } from '../feed/addresses.ts';
import { appRouter } from '../router.ts';
import type { Meta, RestAddress } from '../trpc/builder.ts';
import { given } from '../trpc/given.ts';
import { membersNamedBy } from '../trpc/which-member.ts';

/** What the paths of all operations begin with. */
export const REST_PREFIX = '/api/v1';

/** What the paths of operations for members begin with: the program, so that a preflight can name it. */
export const MEMBER_PREFIX = '/programs/{programId}/me';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type Asker = 'key' | 'member' | 'user' | 'anyone';

/** One procedure at one address of the REST API. */
export interface Operation extends Pick<Meta, 'doc' | 'refuses' | 'checksTexts'> {
  /** Such as `listMembers`; unique. */
  readonly id: string;
  /** Such as `members.list`. */
  readonly procedure: string;
  /** The room that the procedure comes from, which is its tag. */
  readonly noun: string;
  readonly isChange: boolean;
  /** Null where it asks for something else than a scope. */
  readonly scope: Scope | null;
  /** Whether it answers server-sent events: `output` is what the data of one holds. */
  readonly isStream: boolean;
  /**
   * Whether it takes `Idempotency-Key`. A POST must carry it unless its input has a key; other changes may,
   * which do the same when repeated.
   */
  readonly key: 'required' | 'optional' | 'none';
  /** Who asks: the holder of a key or an operator, a member, a user who is signed in, or anyone. */
  readonly asker: Asker;
  readonly method: Method;
  /** Below `/api/v1`, with its parameters in braces. */
  readonly path: string;
  readonly pathFields: readonly string[];
  /** The field that has the host's own id of a member, for each field of the path that has ours. */
  readonly hostFields: Readonly<Record<string, string>>;
  /** Fields that are not in the path come in the query string, else in the body. */
  readonly takesQuery: boolean;
  /** Null where the operation takes nothing. */
  readonly input: z.ZodType | null;
  readonly output: z.ZodType;
}

/** A call of a procedure. tRPC copies it for each middleware, so it holds no more than they read. */
interface ProcedureCall {
  readonly ctx: RequestContext;
  readonly path: string;
  readonly type: 'query' | 'mutation';
  readonly getRawInput: () => Promise<unknown>;
}

/** What tRPC knows of a procedure; its own type leaves out the output. */
interface Procedure {
  (call: ProcedureCall): Promise<unknown>;
  readonly _def: ProcedureDefinition;
}

interface ProcedureDefinition {
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly meta?: Meta;
  readonly inputs: readonly unknown[];
  readonly output?: unknown;
}

/** tRPC keeps procedures by `noun.name`. */
const PROCEDURES = appRouter._def.procedures as unknown as Readonly<Record<string, Procedure>>;

/** Every operation of the REST API, in the order of the routers, then the streams. */
export const OPERATIONS: readonly Operation[] = [
  ...Object.entries(PROCEDURES).flatMap(([name, { _def }]) => operationsOf(name, _def)),
  ...Object.entries(FEED_ADDRESSES).flatMap(([name, { input, output, ...meta }]) =>
    operationsOf(name, { type: 'subscription', meta, inputs: [input], output }),
  ),
];

/** Runs the procedure of an operation. Throws what it refuses, as tRPC does. */
export async function runProcedure(
  { procedure: path, isChange }: Operation,
  ctx: RequestContext,
  input: unknown,
): Promise<unknown> {
  const run = PROCEDURES[path];
  if (run === undefined) throw new Error(`${path} is no procedure`);
  return await run({ ctx, path, type: isChange ? 'mutation' : 'query', getRawInput: async () => input });
}

function operationsOf(procedure: string, definition: ProcedureDefinition): Operation[] {
  const { meta = {}, output } = definition;
  const { rest, doc, refuses, accepts, checksTexts } = meta;
  if (rest === undefined || !(output instanceof z.ZodType)) return [];
  const addresses = typeof rest === 'string' ? [rest] : rest;
  const isChange = definition.type === 'mutation';
  const input = accepts ?? definition.inputs.find((it) => it instanceof z.ZodType) ?? null;
  return addresses.map((address) => {
    const { id, method, path, pathFields } = parseAddress(address);
    const inPath = membersNamedBy(input).filter(({ ours }) => pathFields.includes(ours));
    return {
      id,
      procedure,
      noun: procedure.slice(0, procedure.indexOf('.')),
      isChange,
      isStream: definition.type === 'subscription',
      key: isChange ? keyOf(method, meta) : 'none',
      scope: scopeFor(procedure),
      asker: askerOf(procedure),
      method,
      path,
      pathFields,
      hostFields: Object.fromEntries(inPath.map(({ ours, theirs }) => [ours, theirs])),
      takesQuery: method === 'GET' || method === 'DELETE',
      input: input === null ? null : optionWith(input, pathFields),
      output,
      ...given({ doc, refuses, checksTexts }),
    };
  });
}

function askerOf(procedure: string): Asker {
  const permission = permissionFor(procedure);
  return permission === 'member' || permission === 'user' || permission === 'anyone' ? permission : 'key';
}

function keyOf(method: Method, { idempotency }: Meta): Operation['key'] {
  if (idempotency === 'none') return 'none';
  return method === 'POST' && idempotency !== 'input' ? 'required' : 'optional';
}

function parseAddress(address: RestAddress) {
  const [id = '', method, path = ''] = address.split(' ');
  const pathFields = [...path.matchAll(/\{(\w+)\}/g)].map(([, field = '']) => field);
  return { id, method: method as Method, path, pathFields };
}

/** Of a union of objects, the one that has the fields of the path. */
function optionWith(input: z.ZodType, fields: readonly string[]): z.ZodType {
  if (!(input instanceof z.ZodUnion) || fields.length === 0) return input;
  const options = input.options as readonly z.ZodType[];
  return (
    options.find((it) => it instanceof z.ZodObject && fields.every((field) => field in it.shape)) ?? input
  );
}
