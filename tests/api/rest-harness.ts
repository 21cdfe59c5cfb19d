import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { openApiDocument } from '../../api/rest/document.ts';
import type { TestApi } from './harness.ts';

/** An answer over REST, as it came. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what the body is, the test says
  readonly body: any;
}

const { paths } = openApiDocument('http://localhost:3000');

/** The statuses that the document names for a request. Null: it is about no operation. */
function documented(method: string, path: string): readonly string[] | null {
  const [address = ''] = path.split('?');
  const isAt = (pattern: string) => new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(address);
  const template = address in paths ? address : Object.keys(paths).find(isAt);
  const described = paths[template ?? '']?.[method.toLowerCase()];
  return described === undefined ? null : Object.keys((described as { responses: object }).responses);
}

/** Calls the REST API of the harness with its key. Fails on a status that the document does not name. */
export function useRest(api: TestApi) {
  async function call(
    method: string,
    path: string,
    input?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RestAnswer> {
    const answer = await api.send(`/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${api.programKey}`,
        ...(input === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(input === undefined ? {} : { body: typeof input === 'string' ? input : JSON.stringify(input) }),
    });
    const { text } = answer;
    const statuses = documented(method, path);
    if (statuses !== null) expect(statuses, `${method} ${path}`).toContain(String(answer.status));
    return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
  }
  return {
    call,
    /** A POST that waits for its decision, under a key of its own. */
    command: (path: string, input: object): Promise<RestAnswer> =>
      call('POST', path, input, { prefer: 'wait=10', 'idempotency-key': randomUUID() }),
  };
}
