import type { OpenApiDocument } from '../../api/rest/document.ts';
import type { JsonSchema } from '../../api/rest/json-schema.ts';

interface Described {
  readonly operationId: string;
  readonly parameters: readonly (JsonSchema & {
    name: string;
    in: string;
    required: boolean;
    schema: JsonSchema;
  })[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  /** A stream says the form of one event. */
  readonly responses: {
    readonly 200: {
      readonly content: Content | { readonly 'text/event-stream': Content['application/json'] };
    };
  };
}
interface Content {
  readonly 'application/json': { readonly schema: JsonSchema };
}

/** Whether we read a value of the schema, or a caller does. */
type Side = 'request' | 'response';

/** What a client of the document `before` could trip over with `after`, one line each. */
export function breaksOf(before: OpenApiDocument, after: OpenApiDocument): string[] {
  return Object.entries(before.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, old]) => {
      const now = after.paths[path]?.[method] as Described | undefined;
      const place = `${method.toUpperCase()} ${path}`;
      if (now === undefined) return [`${place} is gone`];
      return operationBreaks(old as Described, now, new Comparison(before, after)).map(
        (it) => `${place}: ${it}`,
      );
    }),
  );
}

function operationBreaks(old: Described, now: Described, comparison: Comparison): string[] {
  const answer = ({
    responses: {
      200: { content },
    },
  }: Described) =>
    ('application/json' in content ? content['application/json'] : content['text/event-stream']).schema;
  const body = (it: Described) => it.requestBody?.content['application/json'].schema;
  const [oldBody, newBody] = [body(old), body(now)];
  return [
    ...(old.operationId === now.operationId ? [] : [`its name was ${old.operationId}`]),
    ...parameterBreaks(old, now, comparison),
    ...(now.requestBody?.required === true && old.requestBody?.required !== true ? ['needs a body'] : []),
    ...(oldBody === undefined
      ? []
      : newBody === undefined
        ? ['takes no body any more']
        : comparison.of(oldBody, newBody, 'request')),
    ...comparison.of(answer(old), answer(now), 'response'),
  ];
}

function parameterBreaks(old: Described, now: Described, comparison: Comparison): string[] {
  const find = (its: Described['parameters'], name: string) => its.find((it) => it.name === name);
  const lost = old.parameters.flatMap((was) => {
    const is = find(now.parameters, was.name);
    if (is === undefined) return [`takes no ${was.name} any more`];
    return comparison.of(was.schema, is.schema, 'request', was.name);
  });
  const needed = now.parameters.filter(
    (it) => it.required && find(old.parameters, it.name)?.required !== true,
  );
  return [...lost, ...needed.map(({ name }) => `needs ${name}`)];
}

class Comparison {
  readonly #before: OpenApiDocument;
  readonly #after: OpenApiDocument;
  readonly #seen = new Set<string>();

  constructor(before: OpenApiDocument, after: OpenApiDocument) {
    this.#before = before;
    this.#after = after;
  }

  of(oldSchema: JsonSchema, newSchema: JsonSchema, side: Side, place = 'it'): string[] {
    const pair = `${side} ${oldSchema.$ref} ${newSchema.$ref}`;
    if (oldSchema.$ref !== undefined && this.#seen.has(pair)) return [];
    this.#seen.add(pair);
    const old = resolve(this.#before, oldSchema);
    const now = resolve(this.#after, newSchema);
    const fields = Object.entries(old.properties ?? {}).flatMap(([name, was]) => {
      const is = now.properties?.[name];
      return is === undefined ? [`${place}.${name} is gone`] : this.of(was, is, side, `${place}.${name}`);
    });
    const items = old.items && now.items ? this.of(old.items, now.items, side, `${place}[]`) : [];
    return [...formBreaks(old, now, side, place), ...fields, ...items];
  }
}

function formBreaks(old: JsonSchema, now: JsonSchema, side: Side, place: string): string[] {
  const [wider, narrower] = side === 'request' ? [old, now] : [now, old];
  const unmet = typesOf(wider).filter((type) => !typesOf(narrower).includes(type));
  const [sure, hoped] = side === 'request' ? [now.required, old.required] : [old.required, now.required];
  const needs = (sure ?? []).filter((name) => hoped?.includes(name) !== true);
  const lostValues =
    side === 'request' ? (old.enum ?? []).filter((it) => now.enum?.includes(it) === false) : [];
  return [
    ...unmet.map((type) =>
      side === 'request' ? `${place} takes no ${type} any more` : `${place} may be ${type}`,
    ),
    ...needs.map((name) =>
      side === 'request' ? `${place}.${name} is needed` : `${place}.${name} may be absent`,
    ),
    ...lostValues.map((value) => `${place} takes no ${String(value)} any more`),
  ];
}

/** The JSON types of a schema; an integer is a number. None: any. */
function typesOf({ type, anyOf, oneOf, $ref }: JsonSchema): readonly string[] {
  const options = anyOf ?? oneOf;
  if (options !== undefined) return options.flatMap(typesOf);
  if ($ref !== undefined) return ['object'];
  return type === undefined ? [] : [type].flat();
}

function resolve(document: OpenApiDocument, schema: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  return document.components.schemas[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)] ?? {};
}
