import { WAIT_MS_MAX } from '../trpc/schemas.ts';
import { EXTERNAL_PREFIX } from '../trpc/which-member.ts';
import type { JsonSchema } from './json-schema.ts';
import type { Operation } from './operations.ts';

const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
const MEMBER_IN_PATH = `^(?:${UUID}|${EXTERNAL_PREFIX}[^\\x00-\\x1f\\x7f-\\x9f]{1,255})$`;

/** The parameters of an operation's input: those of its path, and for a read those of its query string. */
export function fieldParameters(
  { properties = {}, required = [] }: JsonSchema,
  { pathFields, hostFields, takesQuery }: Operation,
): object[] {
  return Object.entries(properties)
    .filter(([field]) => takesQuery || pathFields.includes(field))
    .map(([field, schema]) => {
      const isInPath = pathFields.includes(field);
      // An example would be sent by pages that try an operation, as if it had been asked for.
      const { description, examples, ...rest } = notNull(schema);
      return {
        name: field,
        in: isInPath ? 'path' : 'query',
        required: isInPath || required.includes(field),
        ...(description === undefined ? {} : { description }),
        schema: isInPath ? { ...rest, examples } : rest,
        ...(isInPath && field in hostFields ? memberInPath(examples) : {}),
      };
    });
}

/** A member in a path. Generated clients take one type for it, so both forms are one pattern of a text. */
const memberInPath = (examples: unknown) => ({
  description:
    `Our id of the member, or \`${EXTERNAL_PREFIX}\` and the host's own, percent-encoded: ` +
    `\`${EXTERNAL_PREFIX}user_42\`.`,
  schema: { type: 'string', pattern: MEMBER_IN_PATH, examples },
});

/** An address cannot say null: leaving the parameter out says it. */
function notNull(schema: JsonSchema): JsonSchema {
  if (schema.anyOf === undefined) return schema;
  const { anyOf, ...rest } = schema;
  const options = anyOf.filter(({ type }) => type !== 'null');
  const [only] = options;
  return options.length === 1 && only !== undefined ? { ...rest, ...only } : { ...rest, anyOf: options };
}

/** The headers of a change. */
export function changeParameters({ key: use }: Operation, { properties = {} }: JsonSchema): object[] {
  if (use === 'none') return [];
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: use === 'required',
    description:
      'Names this change: a repeat with the same key gets the first answer and changes nothing. 1 to 255 ' +
      'printable ASCII characters.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    example: '6f1d1c52-6f0c-4d3e-9a51-0b7a5f0c2d11',
  };
  const prefer = {
    name: 'Prefer',
    in: 'header',
    required: false,
    description: `\`wait=n\` waits n seconds for the decision, ${WAIT_MS_MAX / 1_000} at most (RFC 7240).`,
    schema: { type: 'string' },
    example: 'wait=5',
  };
  return 'wait_ms' in properties ? [key, prefer] : [key];
}

/** Where a client comes back to a stream. */
export const lastEventParameter = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'The `id` of the last event that was read: the stream goes on after it.',
  schema: { type: 'string' },
};

/** A platform key may act in any program, and says in which. */
export const programParameter = {
  name: 'X-Program-Id',
  in: 'header',
  required: false,
  description: 'The program that the request is about; needed with a platform key alone.',
  schema: { type: 'string', format: 'uuid' },
};
