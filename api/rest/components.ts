import type { Direction, JsonSchema } from './json-schema.ts';

const REF = '#/components/schemas/';

/** The named schemas of the document. Every object in it has a name, so that generated types have one too. */
export class Components {
  readonly schemas: Record<string, JsonSchema> = {};

  /**
   * Puts an object among the named schemas, and returns what stands in its place. Its `id` names it, or else
   * `name`.
   */
  place(name: string, { $schema: _, $defs, ...schema }: JsonSchema, io: Direction): JsonSchema {
    this.#lift($defs, io);
    const own = schema.id === undefined ? name : nameOf(schema.id, io);
    const isNamed = schema.properties !== undefined || schema.id !== undefined;
    if (!isNamed) return this.#children(name, schema, io);
    this.#define(own, schema, io);
    return { $ref: `${REF}${own}` };
  }

  /** Definitions inside a schema are the document's. */
  #lift(definitions: JsonSchema['$defs'] = {}, io: Direction): void {
    for (const [id, definition] of Object.entries(definitions)) this.#define(nameOf(id, io), definition, io);
  }

  #define(name: string, { id: _, $defs, ...schema }: JsonSchema, io: Direction): void {
    this.#lift($defs, io);
    if (name in this.schemas) return;
    this.schemas[name] = schema;
    this.schemas[name] = this.#children(name, schema, io);
  }

  /** The schema with each object inside it by reference. */
  #children(name: string, schema: JsonSchema, io: Direction): JsonSchema {
    const place = (part: string) => (child: JsonSchema) => this.place(`${name}${part}`, child, io);
    const union = (options: readonly JsonSchema[]) =>
      options.map((option, nth) => place(variantOf(option, nth))(option));
    const { $ref, properties, items, anyOf, oneOf, allOf, additionalProperties } = schema;
    return {
      ...schema,
      ...($ref === undefined ? {} : { $ref: `${REF}${nameOf($ref.slice($ref.lastIndexOf('/') + 1), io)}` }),
      ...(properties === undefined
        ? {}
        : {
            properties: Object.fromEntries(
              Object.entries(properties).map(([key, child]) => [key, place(pascal(key))(child)]),
            ),
          }),
      ...(items === undefined ? {} : { items: place('Item')(items) }),
      ...(anyOf === undefined ? {} : { anyOf: union(anyOf) }),
      ...(oneOf === undefined ? {} : { oneOf: union(oneOf) }),
      ...(allOf === undefined ? {} : { allOf: union(allOf) }),
      ...(typeof additionalProperties === 'object'
        ? { additionalProperties: place('Value')(additionalProperties) }
        : {}),
    };
  }
}

/** What a caller sends and what we answer may differ under one id, so requests have names of their own. */
const nameOf = (id: string, io: Direction): string => (io === 'input' ? `${id}Input` : id);

export const pascal = (word: string): string =>
  word.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** An option of a union is named by the constant that tells it apart, such as its `kind`. */
function variantOf({ properties = {}, type }: JsonSchema, nth: number): string {
  const constant = Object.values(properties).find((property) => typeof property.const === 'string')?.const;
  if (typeof constant === 'string') return pascal(constant);
  return type === undefined || type === 'object' ? `Option${nth + 1}` : pascal(type);
}
