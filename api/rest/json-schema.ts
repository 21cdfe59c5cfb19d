import { z } from 'zod';
import { AS_SENT } from '../trpc/answers.ts';

/** A JSON Schema (2020-12), as OpenAPI 3.1 takes it. */
export interface JsonSchema {
  type?: string;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  readOnly?: boolean;
  enum?: readonly unknown[];
  const?: unknown;
  description?: string;
  default?: unknown;
  examples?: readonly unknown[];
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  $schema?: string;
  id?: string;
  [keyword: string]: unknown;
}

export type Direction = 'input' | 'output';

/**
 * The JSON Schema of what a caller sends, or of what we answer. Requests are strict: an unknown field or
 * value is a mistake. Answers are open, so that a later version may add fields and values: clients that are
 * generated from a closed enum or object fail on what they do not know.
 */
export function toJsonSchema(schema: z.ZodType, io: Direction): JsonSchema {
  return withRoot(
    z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const json = jsonSchema as JsonSchema;
        // zod leaves examples of what it transforms out of the form in which it is sent.
        const examples = z.globalRegistry.get(zodSchema)?.['examples'];
        if (Array.isArray(examples)) json.examples ??= examples;
        simplify(json, io);
      },
    }) as JsonSchema,
  );
}

/** zod keeps a schema that has a name among the definitions, and only refers to it at the root. */
function withRoot(schema: JsonSchema): JsonSchema {
  const { $ref, $defs = {}, ...rest } = schema;
  const name = $ref?.slice('#/$defs/'.length) ?? '';
  const { [name]: root, ...others } = $defs;
  return root === undefined ? schema : { ...rest, ...root, id: name, $defs: others };
}

/** Python's and Go's pattern languages know neither `\p{…}` nor zod's long pattern of a date and time. */
function simplify(schema: JsonSchema, io: Direction): void {
  const { [AS_SENT]: sent } = schema;
  if (sent instanceof z.ZodType) {
    delete schema[AS_SENT];
    const { $schema: _, ...form } = toJsonSchema(sent, 'input');
    Object.assign(schema, form);
  }
  if (schema.format !== undefined || schema.pattern?.includes('\\p{') === true) delete schema.pattern;
  // zod says these of every integer and every list that code must not change.
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  delete schema.readOnly;
  if (io === 'input') return;
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.enum !== undefined && schema.type === 'string') {
    const values = schema.enum.map((value) => `\`${String(value)}\``).join(', ');
    schema.description = [schema.description, `One of ${values}; later versions may add others.`]
      .filter((text) => text !== undefined)
      .join(' ');
    delete schema.enum;
  }
}
