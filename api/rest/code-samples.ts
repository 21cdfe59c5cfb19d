import { below } from '../../domain/address.ts';
import type { JsonSchema } from './json-schema.ts';
import { type Operation, REST_PREFIX } from './operations.ts';
import { sampleOf } from './sample.ts';

/** How to call an operation with `curl` and from TypeScript, in the form that reference pages read. */
export function codeSamples(
  operation: Operation,
  schema: JsonSchema,
  body: unknown,
  origin: string,
): object[] {
  const { method, key, isForMembers, isStream } = operation;
  const url = below(origin, REST_PREFIX + addressOf(operation, schema));
  const request = { method, url, needsKey: key === 'required', isForMembers, isStream, body };
  return [
    { lang: 'Shell', label: 'curl', source: curl(request) },
    { lang: 'TypeScript', label: 'TypeScript', source: typescript(request) },
  ];
}

/** The path with examples in it, and in the query string what a read cannot do without. */
function addressOf(
  { path, pathFields, takesQuery }: Operation,
  { properties = {}, required = [] }: JsonSchema,
): string {
  const sample = (field: string) => encodeURIComponent(String(sampleOf(properties[field] ?? {}, {})));
  const inQuery = takesQuery ? required : [];
  const query = inQuery.filter((field) => !pathFields.includes(field)).map((it) => `${it}=${sample(it)}`);
  const filled = path.replace(/\{(\w+)\}/g, (_, field: string) => sample(field));
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

interface SampleRequest {
  readonly method: string;
  readonly url: string;
  readonly needsKey: boolean;
  readonly isForMembers: boolean;
  readonly isStream: boolean;
  readonly body: unknown;
}

function curl({ method, url, needsKey, isForMembers, isStream, body }: SampleRequest): string {
  const lines = [
    `curl${isStream ? ' -N' : ''}${method === 'GET' ? '' : ` -X ${method}`} '${url}'`,
    `-H "Authorization: Bearer $${isForMembers ? 'MEMBER_TOKEN' : 'REFERRAL_API_KEY'}"`,
    ...(needsKey ? ['-H "Idempotency-Key: $(uuidgen)"'] : []),
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`]),
  ];
  return lines.join(' \\\n  ');
}

function typescript({ method, url, needsKey, isForMembers, isStream, body }: SampleRequest): string {
  const headers = [
    `authorization: \`Bearer \${${isForMembers ? 'memberToken' : 'apiKey'}}\`,`,
    ...(needsKey ? ["'idempotency-key': crypto.randomUUID(),"] : []),
    ...(body === undefined ? [] : ["'content-type': 'application/json',"]),
  ];
  return [
    `const response = await fetch('${url}', {`,
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    '  headers: {',
    ...headers.map((line) => `    ${line}`),
    '  },',
    ...(body === undefined ? [] : [`  body: JSON.stringify(${JSON.stringify(body)}),`]),
    '});',
    'if (!response.ok) throw new Error((await response.json()).detail);',
    ...(isStream
      ? [
          'const texts = response.body.pipeThrough(new TextDecoderStream());',
          'for await (const text of texts) console.log(text);',
        ]
      : ['const answer = await response.json();']),
  ].join('\n');
}
