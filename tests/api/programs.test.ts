import { describe, expect, it } from 'vitest';
import { actionsOn } from './audit.ts';
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
    ['400', 'a star for every host there is', { allowedHosts: ['shop.example', '*'] }, 'input_invalid'],
    ['400', 'a star below one label', { allowedHosts: ['shop.example', '*.com'] }, 'input_invalid'],
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
    expect(await actionsOn(api, undefined, { key })).toEqual([
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
