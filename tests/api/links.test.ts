import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
describe('links', () => {
  it('have a vanity slug, a campaign and a destination of their own', async () => {
    const { id } = await api.member();
    await api.mutate('programs.update', { allowedHosts: ['shop.example', '*.shop.example'] });
    const wanted = {
      memberId: id,
      slug: 'Summer-Sale',
      campaign: 'summer',
      destination: 'https://eu.shop.example/sale',
    };
    const link = await api.client.links.create.mutate(wanted);
    expect(link).toMatchObject({
      code: 'summer-sale',
      campaign: 'summer',
      destination: 'https://eu.shop.example/sale',
      status: 'active',
    });
    expect(await api.client.links.get.query({ id: link.id })).toEqual(link);
  });

  it('share one address space: a slug of another program is taken too', async () => {
    const other = await api.program();
    const theirs = await api.mutate('members.upsert', { externalId: 'm' }, { key: other.key });
    await api.mutate('links.create', { memberId: theirs.data.id, slug: 'only-one' }, { key: other.key });
    const { id } = await api.member();
    const send = () => api.mutate('links.create', { memberId: id, slug: 'only-one' });
    await expectRefused(api, send, { status: 409, code: 'slug_taken' });
  });

  it.each([
    [
      'a destination off the program’s hosts',
      { destination: 'https://evil.example/' },
      422,
      'destination_forbidden',
    ],
    [
      'a destination that only looks like its host',
      { destination: 'https://shop.example.evil.example/' },
      422,
      'destination_forbidden',
    ],
    [
      'a destination behind a user name',
      { destination: 'https://shop.example@evil.example/' },
      422,
      'destination_forbidden',
    ],
    ['a destination without a scheme', { destination: '//evil.example/' }, 422, 'destination_forbidden'],
    ['a slug with a slash', { slug: 'a/b/c' }, 400, 'slug_malformed'],
    ['a slug of 51 characters', { slug: 'x'.repeat(51) }, 400, 'slug_malformed'],
    ['a reserved slug', { slug: 'admin' }, 422, 'slug_reserved'],
    ['a profane slug', { slug: 'shit-happens' }, 422, 'slug_profane'],
    ['an end in the past', { expiresAt: '2020-01-01T00:00:00Z' }, 400, 'input_invalid'],
  ])('are refused with %s', async (_what, change, status, code) => {
    const { id } = await api.member();
    await expectRefused(api, () => api.mutate('links.create', { memberId: id, ...change }), { status, code });
  });

  it('404 for a member who is not there', async () => {
    await expectRefused(api, () => api.mutate('links.create', { memberId: newId() }), {
      status: 404,
      code: 'member_unknown',
    });
  });
});
