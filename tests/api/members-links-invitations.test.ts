import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
describe('members', () => {
  it('get a speakable referral code and a shared link that has it', async () => {
    const member = await api.client.members.upsert.mutate({ externalId: 'ann', email: 'Ann+shop@Gmail.com' });
    expect(member).toMatchObject({
      created: true,
      email: 'ann+shop@gmail.com',
      locale: 'en',
      qualifiedReferrals: 0,
    });
    expect(member.referralCode).toMatch(/^[2-9a-hjkmnp-z]{7}$/);
    const links = await api.client.links.list.query({ memberId: member.id });
    expect(links.items).toMatchObject([
      { code: member.referralCode, kind: 'shared', url: `http://localhost:3000/r/${member.referralCode}` },
    ]);
    expect((await api.db.member.findFirst({ where: { id: member.id } }))?.emailKey).toBe('ann@gmail.com');
  });

  it('are one per external id, however often and at once they are sent; what is left out stays', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api.mutate('members.upsert', { externalId: 'bob', locale: 'fr' })),
    );
    expect(new Set(answers.map(({ status, data }) => `${status} ${data?.id}`)).size).toBe(1);
    expect(answers.filter(({ data }) => data.created)).toHaveLength(1);
    const changed = await api.client.members.upsert.mutate({ externalId: 'bob', email: 'bob@shop.example' });
    expect(changed).toMatchObject({ created: false, locale: 'fr', email: 'bob@shop.example' });
    expect(await api.client.members.upsert.mutate({ externalId: 'bob', email: null })).toMatchObject({
      email: null,
      locale: 'fr',
    });
    expect(await api.client.members.get.query({ externalId: 'bob' })).toMatchObject({
      id: changed.id,
      email: null,
    });
  });

  it('whom a signup made get their shared link with the first upsert', async () => {
    await api.db.member.create({
      data: { programId: api.programId, id: newId(), externalId: 'eve', referralCode: 'evecode' },
    });
    await api.mutate('members.upsert', { externalId: 'eve' });
    expect(await api.db.link.count({ where: { code: 'evecode' } })).toBe(1);
  });

  it('are listed once each over pages, the newest first', async () => {
    for (let index = 0; index < 7; index += 1) await api.member();
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await api.client.members.list.query({ limit: 3, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(await api.db.member.count({ where: { programId: api.programId } }));
  });

  it.each([
    ['a malformed e-mail', { externalId: 'x', email: 'a@@b' }, 'email_malformed'],
    [
      'an e-mail of a thousand characters',
      { externalId: 'x', email: `${'a'.repeat(1_000)}@b.example` },
      'input_invalid',
    ],
    ['no external id', {}, 'input_invalid'],
    ['an external id of 256 characters', { externalId: 'x'.repeat(256) }, 'input_invalid'],
    ['an unknown field', { externalId: 'x', admin: true }, 'input_invalid'],
  ])('400 for %s', async (_what, body, code) => {
    await expectRefused(api, () => api.mutate('members.upsert', body), { status: 400, code });
  });

  it.each(['AAAA', 'bm90IGEgY3Vyc29y', '%%%', Buffer.from('1.not-a-uuid').toString('base64url')])(
    '400 for the cursor %s, which no list gave',
    async (cursor) => {
      await expectRefused(api, () => api.query('members.list', { cursor }), {
        status: 400,
        code: 'input_invalid',
      });
    },
  );

  it.each([0, 201, 1.5])('400 for a page of %s', async (limit) => {
    await expectRefused(api, () => api.query('members.list', { limit }), {
      status: 400,
      code: 'input_invalid',
    });
  });
});

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

describe('invitations', () => {
  it('make a personal link and, in the same transaction, the command that begins its referral', async () => {
    const { id } = await api.member();
    const made = await api.client.invitations.create.mutate({ memberId: id });
    expect(made.referralId).toBe(made.link.id);
    const event = await api.db.event.findFirstOrThrow({ where: { id: made.eventId } });
    expect(event).toMatchObject({
      type: 'invitation.issued',
      workflowId: `referral-${made.link.id}`,
      state: 'pending',
    });
    const days = (Date.parse(made.link.expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
    expect(await api.client.invitations.get.query({ id: made.link.id })).toEqual({
      link: made.link,
      referral: null,
    });
  });

  it('a shared link is no invitation', async () => {
    const { id } = await api.member();
    const [link] = (await api.client.links.list.query({ memberId: id })).items;
    await expectRefused(api, () => api.query('invitations.get', { id: link?.id }), {
      status: 404,
      code: 'not_found',
    });
  });

  it('409 while the program is paused', async () => {
    const { key } = await api.program();
    const member = await api.mutate('members.upsert', { externalId: 'm' }, { key });
    await api.mutate('programs.pause', undefined, { key });
    const send = () => api.mutate('invitations.create', { memberId: member.data.id }, { key });
    await expectRefused(api, send, { status: 409, code: 'program_not_live' });
  });
});
