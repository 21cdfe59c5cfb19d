import { expect } from 'vitest';
import type { Answer, TestApi } from './harness.ts';

export interface Expected {
  readonly status: number;
  readonly code: string;
}

/**
 * Sends a request and expects its refusal: status, stable code, one sentence and an id, counted once, and
 * no row more or less.
 */
export async function expectRefused(
  api: TestApi,
  send: () => Promise<Answer>,
  { status, code }: Expected,
): Promise<Answer> {
  const [before, counted] = [await api.counts(), await api.refusals(code)];
  const answer = await send();
  expect([answer.status, answer.code, answer.text]).toEqual([status, code, answer.text]);
  expect(answer.message).toMatch(/^[A-Z].*[.?!]$/);
  const { error } = JSON.parse(answer.text);
  expect(error.data).toMatchObject({
    code,
    httpStatus: status,
    requestId: answer.headers.get('x-request-id'),
  });
  expect(answer.text).not.toMatch(/node_modules|\.ts:|SELECT|INSERT|prisma/i);
  expect(await api.refusals(code)).toBe(counted + 1);
  expect(await api.counts()).toEqual(before);
  return answer;
}
