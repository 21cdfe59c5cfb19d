import { ok, type Result, refuse } from '../refusal.ts';
import { attempt, readExpression } from '../rules/expression.ts';
import { type Expression, mappingLanguage } from '../rules/language.ts';
import type { Meaning } from './fact.ts';

/** Longest source of one field, in characters. */
export const EXPRESSION_LENGTH_MAX = 500;

/**
 * How an event is made of a message: a CEL expression over `body`, the JSON that came, and `id`, the
 * sender's id of it, for each field; `when` says whether there is an event at all.
 */
export interface EventMapping {
  readonly when?: string | undefined;
  readonly type: string;
  readonly key: string;
  readonly subject: string;
  /** In minor units, and the unit. */
  readonly value_minor?: string | undefined;
  readonly unit?: string | undefined;
  readonly occurredAt?: string | undefined;
  readonly refundOf?: string | undefined;
  readonly email?: string | undefined;
  readonly code?: string | undefined;
  readonly properties?: Readonly<Record<string, string>> | undefined;
}

/** What an expression sees. */
export interface MappedMessage {
  readonly id: string;
  readonly body: unknown;
}

/** A field that is wrong, and why. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** Every expression of a mapping by the field that it fills, such as `properties.plan`. */
function fieldsOf({ properties = {}, ...fields }: EventMapping): readonly (readonly [string, string])[] {
  const own = Object.entries(properties).map(([name, source]) => [`properties.${name}`, source] as const);
  const given = Object.entries(fields).flatMap(([field, source]) =>
    source === undefined ? [] : [[field, source] as const],
  );
  return [...given, ...own];
}

/** Fields whose expressions cannot be read. */
export function checkMapping(mapping: EventMapping): FieldProblem[] {
  return fieldsOf(mapping).flatMap(([field, source]) => {
    const read = readExpression(mappingLanguage, source, 'expression');
    return read.ok ? [] : [{ field, message: read.message }];
  });
}

/**
 * The event that a message is by a mapping, in the form of `events.record`, which is not checked yet; or
 * nothing, where `when` is false. Refuses with `condition_invalid` and the field whose expression gives no
 * value on this message.
 */
export function mapMessage(
  mapping: EventMapping,
  message: MappedMessage,
): { readonly meaning: Meaning } | { readonly problem: FieldProblem } {
  const { when, properties, ...fields } = mapping;
  if (when !== undefined) {
    const holds = evaluate(when, message);
    if (!holds.ok) return { problem: { field: 'when', message: holds.message } };
    if (holds.value !== true) return { meaning: { ignored: 'left_out' } };
  }
  const values = new Map<string, string | number | boolean>();
  for (const [field, source] of fieldsOf({ ...fields, properties })) {
    const value = evaluate(source, message);
    if (!value.ok) return { problem: { field, message: value.message } };
    values.set(field, value.value);
  }
  return { meaning: { facts: [{ kind: 'told', event: eventOf(values) }] } };
}

function eventOf(values: ReadonlyMap<string, string | number | boolean>): Record<string, unknown> {
  const event: Record<string, unknown> = {};
  const properties: [string, unknown][] = [];
  for (const [field, value] of values) {
    if (field.startsWith('properties.')) properties.push([field.slice('properties.'.length), value]);
    else if (field !== 'value_minor' && field !== 'unit') event[field] = String(value);
  }
  const minor = values.get('value_minor');
  if (minor !== undefined) event['value'] = { minor: String(minor), unit: String(values.get('unit') ?? '') };
  if (properties.length > 0) event['properties'] = Object.fromEntries(properties);
  return event;
}

function evaluate(source: string, { id, body }: MappedMessage): Result<string | number | boolean> {
  const read = readExpression(mappingLanguage, source, 'expression');
  if (!read.ok) return read;
  const result = attempt((): unknown => run(read.value.expression, id, body), 'expression');
  if (!result.ok) return result;
  const { value } = result;
  if (typeof value === 'bigint') return ok(value.toString());
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return ok(value);
  return refuse('condition_invalid', 'The expression gives neither a text nor a number, true or false.');
}

const run = (expression: Expression, id: string, body: unknown): unknown => expression({ id, body });
