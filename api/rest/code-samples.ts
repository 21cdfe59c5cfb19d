import { below } from '../../domain/address.ts';
import type { JsonSchema } from './json-schema.ts';
import { type Asker, type Operation, REST_PREFIX } from './operations.ts';
import { sampleOf } from './sample.ts';

/** How to call an operation with `curl` and from TypeScript, in the form that reference pages read. */
export function codeSamples(
  operation: Operation,
  schema: JsonSchema,
  body: unknown,
  origin: string,
): object[] {
  const { method, key, asker, isStream } = operation;
  const url = below(origin, REST_PREFIX + addressOf(operation, schema));
  const request = { method, url, needsKey: key === 'required', asker, isStream, body };
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
  readonly asker: Asker;
  readonly isStream: boolean;
  readonly body: unknown;
}

/** How `curl` shows who asks. Signed in, it keeps cookies, and says what a browser says of a page of ours. */
const CURL_ASKER: Readonly<Record<Asker, readonly string[]>> = {
  key: ['-H "Authorization: Bearer $REFERRAL_API_KEY"'],
  member: ['-H "Authorization: Bearer $MEMBER_TOKEN"'],
  user: ['-b cookies.txt', "-H 'Sec-Fetch-Site: same-origin'"],
  anyone: ['-b cookies.txt -c cookies.txt'],
};

function curl({ method, url, needsKey, asker, isStream, body }: SampleRequest): string {
  const lines = [
    `curl${isStream ? ' -N' : ''}${method === 'GET' ? '' : ` -X ${method}`} '${url}'`,
    ...CURL_ASKER[asker],
    ...(needsKey ? ['-H "Idempotency-Key: $(uuidgen)"'] : []),
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`]),
  ];
  return lines.join(' \\\n  ');
}

/** In a browser that is signed in, the cookies go along by themselves. */
const TOKEN_NAME: Readonly<Record<Asker, string | null>> = {
  key: 'apiKey',
  member: 'memberToken',
  user: null,
  anyone: null,
};

function typescript({ method, url, needsKey, asker, isStream, body }: SampleRequest): string {
  const token = TOKEN_NAME[asker];
  const headers = [
    ...(token === null ? [] : [`authorization: \`Bearer \${${token}}\`,`]),
    ...(needsKey ? ["'idempotency-key': crypto.randomUUID(),"] : []),
    ...(body === undefined ? [] : ["'content-type': 'application/json',"]),
  ];
  return [
    `const response = await fetch('${url}', {`,
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    ...(headers.length === 0 ? [] : ['  headers: {', ...headers.map((line) => `    ${line}`), '  },']),
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
