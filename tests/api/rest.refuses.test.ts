import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { useRest } from './rest-harness.ts';

const api = useApi();
const rest = useRest(api);

/** Holds an answer to the form of a problem document, and to having changed nothing. */
async function expectProblem(
  ask: () => Promise<Awaited<ReturnType<typeof rest.call>>>,
  status: number,
  code: string,
): Promise<Awaited<ReturnType<typeof rest.call>>> {
  const before = await api.counts();
  const answer = await ask();
  expect(answer.body).toMatchObject({ status, code });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.body).toEqual({
    type: `http://localhost:3000/docs/problems#${code}`,
    title: expect.any(String),
    status,
    detail: expect.stringMatching(/^[A-Z].*\.$/),
    code,
    requestId: answer.headers.get('x-request-id'),
    ...(answer.body.issues === undefined ? {} : { issues: expect.any(Array) }),
  });
  expect(await api.counts()).toEqual(before);
  return answer;
}

describe('a problem document says what to do, and nothing changes, for', () => {
  it.each([
    ['no key', {}, 401, 'unauthenticated'],
    ['a key in the address', {}, 400, 'request_invalid', '/members?api_key=sk_1'],
    ['an unknown key', { authorization: 'Bearer sk_live_unknown' }, 401, 'unauthenticated'],
  ])('%s', async (_, headers, status, code, path = '/members') => {
    const ask = () => rest.call('GET', path, undefined, { authorization: '', ...headers });
    await expectProblem(ask, status, code);
  });

  it('a scope that the key lacks, which it names', async () => {
    const { token } = await api.key(['read']);
    const headers = { authorization: `Bearer ${token}` };
    const answer = await expectProblem(
      () => rest.call('PUT', '/members', { externalId: 'x' }, headers),
      403,
      'scope_missing',
    );
    expect(answer.body.detail).toContain('`members:write`');
  });

  it("another program's id and an id that nobody has, with the same answer", async () => {
    const { key, programId } = await api.program();
    const ann = await api.member();
    const headers = { authorization: `Bearer ${key}` };
    const foreign = await expectProblem(
      () => rest.call('GET', `/members/${ann.id}`, undefined, headers),
      404,
      'not_found',
    );
    const absent = await expectProblem(() => rest.call('GET', `/members/${programId}`), 404, 'not_found');
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...absent.body, requestId: '' });
  });

  it.each([
    ['a body that is not JSON', '{"externalId":', 400, 'json_invalid'],
    ['a list as the body', '[]', 400, 'request_invalid'],
    ['an unknown field', { externalId: 'x', extra: 1 }, 400, 'input_invalid'],
    ['a field of the wrong type', { externalId: 7 }, 400, 'input_invalid'],
    ['half of a surrogate pair', '{"externalId":"\\ud800"}', 400, 'text_invalid'],
    ['a body of more than a megabyte', `{"a":"${'x'.repeat(1_048_576)}"}`, 413, 'body_too_large'],
  ])('%s', async (_, body, status, code) => {
    await expectProblem(() => rest.call('PUT', '/members', body), status, code);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
    'a body of %s',
    async (type) => {
      const ask = () => rest.call('PUT', '/members', 'a=1', { 'content-type': type });
      await expectProblem(ask, 415, 'media_type_unsupported');
    },
  );

  it('a field of the path that stands in the body too', async () => {
    const { id } = await api.member();
    const body = { id, displayName: 'Ann' };
    const ask = () => rest.call('PUT', `/members/${id}/display-name`, body);
    await expectProblem(ask, 400, 'request_invalid');
  });

  it('a parameter that stands twice in the address', async () => {
    await expectProblem(() => rest.call('GET', '/members?limit=1&limit=2'), 400, 'request_invalid');
  });

  it('an unknown parameter', async () => {
    await expectProblem(() => rest.call('GET', '/members?colour=red'), 400, 'input_invalid');
  });

  it('a method that the address does not take, with those that it does', async () => {
    const answer = await expectProblem(() => rest.call('DELETE', '/members'), 405, 'method_not_supported');
    expect(answer.headers.get('allow')).toBe('PUT, GET, HEAD');
    const stripe = await expectProblem(
      () => rest.call('POST', '/billing/stripe'),
      405,
      'method_not_supported',
    );
    expect(stripe.headers.get('allow')).toBe('PUT, GET, DELETE, HEAD');
    const token = await expectProblem(() => rest.call('GET', '/members/token'), 405, 'method_not_supported');
    expect(token.headers.get('allow')).toBe('POST');
  });

  it.each(['/members/%ff', '/%ff', `/members/${'x'.repeat(801)}`])(
    'an address that cannot be decoded, or has a part that is too long: %.12s',
    async (path) => {
      await expectProblem(() => rest.call('GET', path), 400, 'request_invalid');
    },
  );

  it('an address that there is not', async () => {
    await expectProblem(() => rest.call('GET', '/nothing/here'), 404, 'not_found');
  });
});
