import { cookiePrefix } from '../users/cookies.ts';
import { codeSamples } from './code-samples.ts';
import { Components, pascal } from './components.ts';
import { type JsonSchema, toJsonSchema } from './json-schema.ts';
import { type Asker, OPERATIONS, type Operation, REST_PREFIX } from './operations.ts';
import { changeParameters, fieldParameters, lastEventParameter, programParameter } from './parameters.ts';
import { problemResponses, problemSchema, responsesOf } from './problem-responses.ts';
import { sampleOf } from './sample.ts';

/** An OpenAPI 3.1 document, as far as we write it. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly servers: readonly object[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, object>>;
    readonly securitySchemes: object;
  };
  readonly [section: string]: unknown;
}

/**
 * The document of the REST API (https://spec.openapis.org/oas/v3.1.1). Its server is where the document came
 * from; `origin` is what examples show.
 */
export function openApiDocument(origin: string): OpenApiDocument {
  const components = new Components();
  const paths: Record<string, Record<string, object>> = {};
  components.place('Problem', toJsonSchema(problemSchema, 'output'), 'output');
  for (const operation of OPERATIONS) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: describe(operation, components, origin),
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Referral engine',
      version: '1.0.0',
      description:
        'Members share links; signups and purchases are attributed; rewards are calculated, held, granted ' +
        'and redeemed. Amounts are strings of minor units, times are RFC 3339 in UTC, lists are pages with ' +
        'a cursor.',
    },
    servers: [{ url: REST_PREFIX }],
    security: [{ apiKey: [] }, { session: [] }],
    tags: [...new Set(OPERATIONS.map(({ noun }) => noun))].map((name) => ({ name })),
    paths,
    components: {
      schemas: sorted(components.schemas),
      responses: problemResponses(),
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'A key of a program (`sk_live_…`, `sk_test_…`), or of the platform (`sk_platform_…`).',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: `${cookiePrefix(origin)}.session_token`,
          description: 'A user who signed in (`signIn`): an operator of the program, or a member.',
        },
        memberToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: "A token of one member, which `createMemberToken` mints, or the host's server signs.",
        },
      },
    },
  };
}

function describe(operation: Operation, components: Components, origin: string): object {
  const { id, noun, doc = '', scope, input, output, isChange, asker, takesQuery } = operation;
  const schema = input === null ? {} : shownFields(objectOf(toJsonSchema(input, 'input')), operation);
  const body = takesQuery ? null : bodyOf(schema, operation, components);
  const answer = components.place(`${pascal(id)}Result`, toJsonSchema(output, 'output'), 'output');
  const sample = body === null ? undefined : sampleOf(body.schema, components.schemas);
  return {
    operationId: id,
    tags: [noun],
    summary: /^[\s\S]*?\.(?=\s|$)/.exec(doc)?.[0] ?? doc,
    description: scope === null ? doc : `${doc} Scope: \`${scope}\`.`,
    ...(scope === null ? {} : { 'x-scope': scope }),
    ...(asker === 'key' ? {} : { security: SECURITY[asker] }),
    parameters: [
      ...fieldParameters(schema, operation),
      ...(isChange ? changeParameters(operation, schema) : []),
      ...(operation.isStream ? [lastEventParameter] : []),
      ...(asker === 'key' ? [programParameter] : []),
    ],
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: (body.required?.length ?? 0) > 0,
            content: { 'application/json': { schema: body.schema, example: sample } },
          },
        }),
    responses: {
      200: operation.isStream
        ? {
            description: 'Server-sent events; the schema is that of the data of one.',
            content: { 'text/event-stream': { schema: answer } },
          }
        : {
            description: 'The answer.',
            content: {
              'application/json': { schema: answer, example: sampleOf(answer, components.schemas) },
            },
          },
      ...responsesOf(operation),
    },
    'x-codeSamples': codeSamples(operation, schema, sample, origin),
  };
}

/** What an operation asks for, where it is not a key. */
const SECURITY: Readonly<Record<Exclude<Asker, 'key'>, readonly object[]>> = {
  member: [{ memberToken: [] }, { session: [] }],
  user: [{ session: [] }],
  anyone: [],
};

/** What a body holds: the fields that are not in the path. Null when there are none. */
function bodyOf(
  { properties = {}, required = [], ...rest }: JsonSchema,
  { id: operationId, pathFields }: Operation,
  components: Components,
): { readonly schema: JsonSchema; readonly required: readonly string[] } | null {
  const isInBody = (field: string) => !pathFields.includes(field);
  const fields = Object.entries(properties).filter(([field]) => isInBody(field));
  if (fields.length === 0) return null;
  const needed = required.filter(isInBody);
  // With fields in the path, the body is not the whole of what the schema's name means.
  const { id, ...unnamed } = rest;
  const body = {
    ...unnamed,
    ...(id === undefined || pathFields.length > 0 ? {} : { id }),
    properties: Object.fromEntries(fields),
    ...(needed.length === 0 ? {} : { required: needed }),
  };
  return { schema: components.place(`${pascal(operationId)}Input`, body, 'input'), required: needed };
}

/** The path has what names a member, whichever id that is: no other field does. */
function shownFields(schema: JsonSchema, { hostFields }: Operation): JsonSchema {
  const hidden = new Set(Object.values(hostFields));
  const shown = Object.entries(schema.properties ?? {}).filter(([field]) => !hidden.has(field));
  return hidden.size === 0 ? schema : { ...schema, properties: Object.fromEntries(shown) };
}

/** A schema that wraps an object, as one with a default does, as that object. */
function objectOf(schema: JsonSchema): JsonSchema {
  if (schema.properties !== undefined) return schema;
  const option = (schema.anyOf ?? schema.allOf ?? []).find(({ properties }) => properties !== undefined);
  return option === undefined
    ? {}
    : { ...option, ...(schema.$defs === undefined ? {} : { $defs: schema.$defs }) };
}

const sorted = (schemas: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> =>
  Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
