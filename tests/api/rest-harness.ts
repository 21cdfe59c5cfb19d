import type { TestApi } from './harness.ts';

/** An answer over REST, as it came. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what the body is, the test says
  readonly body: any;
}

/** Calls the REST API of the harness with its key. */
export function useRest(api: TestApi) {
  return {
    async call(
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
      return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
    },
  };
}
