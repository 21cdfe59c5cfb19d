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
