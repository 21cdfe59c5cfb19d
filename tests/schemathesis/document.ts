import { type OpenApiDocument, openApiDocument } from '../../api/rest/document.ts';
import { OPERATIONS, type Operation } from '../../api/rest/operations.ts';
import { membersNamedBy } from '../../api/trpc/which-member.ts';
import type { World } from './part.ts';

/** A wait for what nobody decides would be most of the run's time. */
const WAIT_MS_MAX = 50;

type Fields = Readonly<Record<string, unknown>>;

interface Described {
  parameters: readonly { readonly name: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { example: unknown } } };
}

/**
 * The operations that are tried: those with a key or a member token. A stream never ends, and what people do
 * to sign in has tests of its own, since each step of it wants what an e-mail said.
 */
export const TRIED = OPERATIONS.filter(
  ({ asker, isStream }) => !isStream && (asker === 'key' || asker === 'member'),
);

/** The document of those operations, whose examples are what there is in the world. */
export function documentOf(world: World): OpenApiDocument {
  const whole = structuredClone(openApiDocument('http://localhost:3000'));
  const paths: Record<string, Record<string, object>> = {};
  const document = { ...whole, paths };
  for (const operation of TRIED) {
    const method = operation.method.toLowerCase();
    const tried = whole.paths[operation.path]?.[method];
    if (tried !== undefined) paths[operation.path] = { ...paths[operation.path], [method]: tried };
    const described = document.paths[operation.path]?.[operation.method.toLowerCase()] as Described;
    const twice = new Set(membersNamedBy(operation.input).map(({ theirs }) => theirs));
    described.parameters = described.parameters.filter(({ name }) => !twice.has(name));
    exchangeIn(described, { ...world.fields, ...idOf(operation, world), ...world.own[operation.id] });
  }
  for (const { properties = {} } of Object.values(document.components.schemas)) {
    for (const [name, property] of Object.entries(properties)) {
      // What names a member a second time, which is refused, has no example.
      const isShown = property.examples?.length !== 0;
      if (isShown && name in world.fields) property.examples = [world.fields[name]];
      if (name === 'wait_ms') property.maximum = WAIT_MS_MAX;
    }
  }
  return document;
}

function exchangeIn(described: Described, fields: Fields): void {
  described.parameters = described.parameters
    .filter(({ name }) => !(name in fields) || fields[name] !== undefined)
    .map((parameter) => {
      const { name, schema } = parameter;
      return name in fields ? { ...parameter, schema: { ...schema, examples: [fields[name]] } } : parameter;
    });
  const content = described.requestBody?.content['application/json'];
  if (content !== undefined) content.example = exchanged(content.example, fields);
}

const idOf = ({ path }: Operation, { ids }: World): Fields => {
  const id = ids[path.split('/')[1] ?? ''];
  return id === undefined ? {} : { id };
};

/** An example with what the fields hold, wherever it has one of that name. */
function exchanged(value: unknown, fields: Fields): unknown {
  if (Array.isArray(value)) return value.map((item) => exchanged(item, fields));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      key in fields ? fields[key] : exchanged(child, fields),
    ]),
  );
}
