import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { useRest } from './rest-harness.ts';

const api = useApi();
const rest = useRest(api);

describe('policies over REST', () => {
  it('are published, and read as the one in force and by the number in the address', async () => {
    const { policy } = (await rest.call('GET', '/policies/builtin?unit=EUR')).body;
    expect(policy.unit).toBe('EUR');
    const published = await rest.call('POST', '/policies', { policy }, { 'idempotency-key': '"second"' });
    expect(published).toMatchObject({ status: 200, body: { version: 2 } });

    const second = await api.client.policies.get.query({ version: 2 });
    expect(second.policy).toEqual(policy);
    expect((await rest.call('GET', '/policy')).body).toEqual(second);
    expect((await rest.call('GET', '/policies/2')).body).toEqual(second);
    expect((await rest.call('GET', '/policies/1')).body).toMatchObject({
      version: 1,
      policy: { unit: 'USD' },
    });

    const log = await rest.call('GET', '/audit?subject=policy%3A2');
    expect(log.body).toMatchObject({ items: [{ action: 'policy.published', subject: 'policy:2' }] });
  });

  it.each([
    ['a version that is not there', '/policies/99', 404, 'not_found'],
    ['a version below 1', '/policies/0', 400, 'input_invalid'],
    ['a version that is no number', '/policies/two', 400, 'input_invalid'],
    ['a version that is no whole number', '/policies/1.5', 400, 'input_invalid'],
    ['the built-in policy in an unknown unit', '/policies/builtin?unit=DOUBLOON', 400, 'unit_unknown'],
  ])('refuse %s', async (_what, path, status, code) => {
    expect(await rest.call('GET', path)).toMatchObject({ status, body: { code } });
  });
});
