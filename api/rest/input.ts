import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ApiError } from '../http/errors.ts';
import { headerOf } from '../http/headers.ts';
import { parseJson, parseUncheckedJson } from '../http/text.ts';
import { WAIT_MS_MAX } from '../trpc/schemas.ts';
import { EXTERNAL_PREFIX } from '../trpc/which-member.ts';
import { type JsonSchema, toJsonSchema } from './json-schema.ts';
import type { Operation } from './operations.ts';

/** Reads the input of an operation from a request. */
export type ReadInput = (req: FastifyRequest) => unknown;

/**
 * Makes the reader of an operation's input: fields of the path, and the others from the body, or for GET and
 * DELETE from the query string. `Prefer: wait=n` is `wait_ms` where the operation has it. The schema itself
 * judges the result. The reader throws `json_invalid` and `request_invalid`.
 */
export function inputReader(operation: Operation): ReadInput {
  const { input, pathFields, hostFields, takesQuery, checksTexts } = operation;
  const parse = checksTexts === true ? parseUncheckedJson : parseJson;
  if (input === null) return (req) => refuseInput(takesQuery ? queryOf(req, {}) : bodyOf(req, parse));
  return (req) => {
    const fields = fieldsIn(input);
    const params = req.params as Readonly<Record<string, string>>;
    const path = pathValues(operation, params, fields);
    const rest = takesQuery ? queryOf(req, fields) : bodyOf(req, parse);
    const wait = 'wait_ms' in fields ? waitOf(req) : {};
    const clash = [...pathFields, ...Object.values(hostFields)].find((field) => field in rest);
    if (clash !== undefined) {
      throw new ApiError('request_invalid', `The address has \`${clash}\` already: leave it out elsewhere.`);
    }
    return { ...wait, ...rest, ...path };
  };
}

/** What takes no input refuses any, as strict schemas do: a mistaken name must not go unnoticed. */
function refuseInput(input: Readonly<Record<string, unknown>>): undefined {
  const [name] = Object.keys(input);
  if (name !== undefined) {
    throw new ApiError('request_invalid', `This operation takes no input: leave out \`${name}\`.`);
  }
}

type Fields = Readonly<Record<string, JsonSchema>>;

/** Where a path names a member, what stands behind `ext_` is the host's id of them. */
const pathValues = (
  { pathFields, hostFields }: Operation,
  params: Readonly<Record<string, string>>,
  fields: Fields,
) =>
  Object.fromEntries(
    pathFields.map((name) => {
      const text = params[name] ?? '';
      const theirs = hostFields[name];
      return theirs !== undefined && text.startsWith(EXTERNAL_PREFIX)
        ? [theirs, text.slice(EXTERNAL_PREFIX.length)]
        : [name, typed(text, fields[name])];
    }),
  );

const known = new WeakMap<z.ZodType, Fields>();

/**
 * The fields that an input takes, found when they are first asked for: the schemas of all operations together
 * would take a quarter of a second of a start.
 */
function fieldsIn(input: z.ZodType): Fields {
  const found = known.get(input) ?? fieldsOf(toJsonSchema(input, 'input'));
  known.set(input, found);
  return found;
}

/** The fields of an object, or of any option of a union of objects. */
function fieldsOf(schema: JsonSchema): Fields {
  const options = schema.anyOf ?? schema.oneOf ?? [];
  return Object.assign({}, ...options.map(fieldsOf), schema.properties);
}

function queryOf(req: FastifyRequest, fields: Fields): Record<string, unknown> {
  const query = req.query as Readonly<Record<string, string | readonly string[]>>;
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      const field = fields[name];
      if (field?.items !== undefined) return [name, [value].flat().map((it) => typed(it, field.items))];
      if (typeof value !== 'string') throw new ApiError('request_invalid', `Send \`${name}\` once.`);
      return [name, typed(value, field)];
    }),
  );
}

function bodyOf(req: FastifyRequest, parse: (text: string) => unknown): Record<string, unknown> {
  if (Object.keys(req.query as object).length > 0) {
    throw new ApiError('request_invalid', 'This operation takes its input in the body, not in the address.');
  }
  if (req.body === undefined || req.body === null || req.body === '') return {};
  const body = parse(req.body as string);
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new ApiError('request_invalid', 'The body must be a JSON object.');
  }
  return body as Record<string, unknown>;
}

/** Texts become what the schema wants where they read so; everything else stays for the schema to refuse. */
function typed(text: string, field: JsonSchema | undefined): unknown {
  const types = typesOf(field);
  if (types.includes('boolean') && /^(?:true|false)$/.test(text)) return text === 'true';
  if ((types.includes('integer') || types.includes('number')) && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)) {
    return Number(text);
  }
  return field?.format === 'date-time' ? dateTimeOf(text) : text;
}

const typesOf = (field: JsonSchema | undefined): readonly string[] => [
  ...(field?.type === undefined ? [] : [field.type]),
  ...(field?.anyOf ?? []).flatMap(typesOf),
];

/**
 * Python sends `+0200`, Ruby a space, and Rust no offset. In an address a plus sign reads as a space, too.
 */
function dateTimeOf(text: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+ -]?\d\d:?\d\d)?$/.exec(text);
  if (parts === null) return text;
  const [, day, time, offset = 'Z'] = parts;
  const digits = offset
    .replace(/^ /, '+')
    .replace(/^(\d)/, '+$1')
    .replace(/(\d\d):?(\d\d)$/, '$1:$2');
  return `${day}T${time}${digits}`;
}

/** RFC 7240: `wait` is in seconds. What cannot be read is ignored, as a preference may be. */
function waitOf(req: FastifyRequest): { wait_ms?: number } {
  const seconds = /(?:^|[\s,;])wait\s*=\s*"?(\d{1,4})"?(?=$|[\s,;])/i.exec(
    headerOf(req, 'prefer') ?? '',
  )?.[1];
  return seconds === undefined ? {} : { wait_ms: Math.min(Number(seconds) * 1_000, WAIT_MS_MAX) };
}

/**
 * What `Preference-Applied` says (RFC 7240, section 3) once `input` was carried out: the wait that `Prefer`
 * asked for, cut to what is allowed. Undefined where the operation does not wait, or a `wait_ms` of the body
 * had its way.
 */
export function appliedPreference(req: FastifyRequest, input: unknown): string | undefined {
  const { wait_ms } = waitOf(req);
  const isApplied =
    wait_ms !== undefined &&
    input !== null &&
    typeof input === 'object' &&
    'wait_ms' in input &&
    input.wait_ms === wait_ms;
  return isApplied ? `wait=${wait_ms / 1_000}` : undefined;
}
