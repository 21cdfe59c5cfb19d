import type { JsonSchema } from './json-schema.ts';

const NESTING_MAX = 6;

/** An example of what fits a schema: its own where it has one, else made of the examples of its parts. */
export function sampleOf(
  schema: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  depth = 0,
): unknown {
  if (schema.$ref !== undefined) {
    const target = components[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)];
    return target === undefined || depth > NESTING_MAX ? {} : sampleOf(target, components, depth + 1);
  }
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0];
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  const option = options?.find(({ type }) => type !== 'null');
  if (option !== undefined) return sampleOf(option, components, depth);
  if (schema.properties !== undefined) {
    const entries = Object.entries(schema.properties).filter(([, child]) => child.examples?.length !== 0);
    return Object.fromEntries(entries.map(([key, child]) => [key, sampleOf(child, components, depth)]));
  }
  return samplePrimitive(schema, components, depth);
}

function samplePrimitive(
  { type, format, items, minimum, additionalProperties }: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  depth: number,
): unknown {
  switch (type) {
    case 'array':
      return items === undefined ? [] : [sampleOf(items, components, depth)];
    case 'integer':
    case 'number':
      return typeof minimum === 'number' && minimum > 0 ? minimum : 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'object':
      return typeof additionalProperties === 'object'
        ? { name: sampleOf(additionalProperties, components, depth) }
        : {};
    default:
      return format === 'date-time' ? '2026-01-15T09:30:00.000Z' : 'text';
  }
}
