import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
const input = (slug: string) => ({ slug, name: 'Shop', defaultDestination: 'https://shop.example/' });
const create = (body: object) => () => api.mutate('programs.create', body, { key: api.platformKey });

describe('programs.create', () => {
  it('gives a live program with the built-in policy in force and a first key that works', async () => {
    const made = await create(input('first-shop'))();
    expect(made.data).toMatchObject({
      policyVersion: 1,
      program: { slug: 'first-shop', status: 'live', allowedHosts: ['shop.example'] },
    });
    const policy = await api.query('policies.get', {}, { key: made.data.apiKey });
    const builtin = await api.query('policies.builtin', undefined, { key: made.data.apiKey });
    expect(policy.data.policy).toEqual(builtin.data.policy);
  });

  it.each([
    ['409', 'a slug that is taken', {}, 'slug_taken'],
    ['400', 'a slug in capitals', { slug: 'Shop' }, 'input_invalid'],
    [
      '422',
      'a destination over http',
      { defaultDestination: 'http://shop.example/' },
      'destination_forbidden',
    ],
    [
      '422',
      'a destination of scripts',
      { defaultDestination: 'javascript:alert(1)', allowedHosts: ['shop.example'] },
      'destination_forbidden',
    ],
    ['422', 'a destination off its own hosts', { allowedHosts: ['other.example'] }, 'destination_forbidden'],
    [
      '422',
      'a destination with a password',
      { defaultDestination: 'https://a:b@shop.example/' },
      'destination_forbidden',
    ],
    ['400', 'an unknown time zone', { timeZone: 'Mars/Olympus' }, 'input_invalid'],
    ['400', 'an unknown field', { owner: 'me' }, 'input_invalid'],
  ])('%s for %s', async (status, _what, change, code) => {
    await create(input('taken-shop'))();
    const slug = code === 'slug_taken' ? 'taken-shop' : 'some-shop';
    await expectRefused(api, create({ ...input(slug), ...change }), { status: Number(status), code });
  });
});

describe('a program’s life', () => {
  it('goes live → paused → live → ended, and no further; each step is in the audit log', async () => {
    const { key } = await api.program();
    const step = async (name: string) =>
      (await api.mutate(`programs.${name}`, undefined, { key })).data?.status;
    expect([
      await step('pause'),
      await step('pause'),
      await step('resume'),
      await step('end'),
      await step('end'),
    ]).toEqual(['paused', 'paused', 'live', 'ended', 'ended']);
    const resume = () => api.mutate('programs.resume', undefined, { key });
    await expectRefused(api, resume, { status: 409, code: 'program_ended' });
    const log = await api.query('audit.list', undefined, { key });
    expect(log.data.items.map(({ action }: { action: string }) => action)).toEqual([
      'program.end',
      'program.resume',
      'program.pause',
      'program.created',
    ]);
  });

  it('settings change one by one', async () => {
    const { key } = await api.program();
    const changed = await api.mutate(
      'programs.update',
      { name: 'Renamed', timeZone: 'Europe/Berlin' },
      { key },
    );
    expect(changed.data).toMatchObject({
      name: 'Renamed',
      timeZone: 'Europe/Berlin',
      defaultDestination: 'https://shop.example/welcome?a=1#top',
    });
    const off = () => api.mutate('programs.update', { allowedHosts: ['other.example'] }, { key });
    await expectRefused(api, off, { status: 422, code: 'destination_forbidden' });
  });
});

describe('policies', () => {
  const builtin = async () => (await api.query('policies.builtin', { unit: 'EUR' })).data.policy;

  it('are published as immutable versions, the newest in force, its budget the ledger’s bound', async () => {
    const policy = { ...(await builtin()), budget: { minor: '100000', unit: 'EUR' } };
    const published = await api.mutate('policies.publish', { policy });
    expect(published.data).toEqual({ version: 2 });
    expect((await api.query('policies.get', {})).data).toMatchObject({ version: 2, policy });
    expect((await api.query('policies.get', { version: 1 })).data.policy.unit).toBe('USD');
    const versions = await api.query('policies.list', { limit: 1 });
    expect(versions.data.items.map(({ version }: { version: number }) => version)).toEqual([2]);
    const next = await api.query('policies.list', { limit: 1, cursor: versions.data.nextCursor });
    expect(next.data).toMatchObject({ items: [{ version: 1 }], nextCursor: null });
    const budget = await api.query('balances.budget');
    expect(budget.data).toContainEqual({
      unit: 'EUR',
      cap: { minor: '100000', unit: 'EUR' },
      spent: { minor: '0', unit: 'EUR' },
    });
  });

  it('ten published at once get ten versions in a row', async () => {
    const { key } = await api.program();
    const policy = await builtin();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.mutate('policies.publish', { policy }, { key })),
    );
    expect(answers.map(({ data }) => data.version).sort((a, b) => a - b)).toEqual([
      2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ]);
  });

  it.each([
    ['an amount in another unit', { budget: { minor: '1', unit: 'USD' } }, 422, 'policy_invalid'],
    ['a negative amount', { budget: { minor: '-1', unit: 'EUR' } }, 400, 'input_invalid'],
    ['an unknown field', { extra: 1 }, 400, 'input_invalid'],
    [
      'a condition that is no CEL',
      { qualification: { event: 'purchase', min_value: null, within_days: 9, condition: '1 +' } },
      422,
      'condition_invalid',
    ],
  ])('are refused with %s', async (_what, change, status, code) => {
    const policy = { ...(await builtin()), ...change };
    await expectRefused(api, () => api.mutate('policies.publish', { policy }), { status, code });
  });

  it('404 for a version that is not there', async () => {
    await expectRefused(api, () => api.query('policies.get', { version: 99 }), {
      status: 404,
      code: 'not_found',
    });
  });

  it('400 for the built-in policy in an unknown unit', async () => {
    await expectRefused(api, () => api.query('policies.builtin', { unit: 'XXQ' }), {
      status: 400,
      code: 'unit_unknown',
    });
  });
});
