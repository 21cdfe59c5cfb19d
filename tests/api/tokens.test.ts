import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';
import { keyOf, nowS, signToken, type TokenSeed, useTokens } from './tokens-harness.ts';

const api = useApi();
const { rest, me, mint, secret: makeSecret } = useTokens(api);

let other: { readonly programId: string; readonly key: string };
let own: { readonly id: string; readonly secret: string };
let foreign: { readonly id: string; readonly secret: string };

beforeAll(async () => {
  await api.member('ada');
  other = await api.program();
  await api.mutate('members.upsert', { externalId: 'ada' }, { key: other.key });
  own = await makeSecret();
  foreign = await makeSecret(other.key);
});

const signed = (seed: Partial<TokenSeed> = {}) =>
  signToken(api.programId, { key: keyOf(own.secret), header: { kid: own.id }, ...seed });

describe('members.token', () => {
  it('gives a token that reads its member until its end, and stores nothing', async () => {
    const before = await api.counts();
    const { status, body } = await rest.call('POST', '/members/token', { externalId: 'ada', ttl_s: 60 });
    expect(status).toBe(200);
    expect(await me(body.token)).toMatchObject({
      status: 200,
      body: { externalId: 'ada', mayRedeem: false },
    });
    expect(await api.counts()).toEqual(before);
    const left_s = Date.parse(body.expiresAt) / 1_000 - nowS();
    expect(left_s).toBeGreaterThan(55);
    expect(left_s).toBeLessThanOrEqual(60);
  });

  it('is made anew by a repeat, under a key too: no answer with a token is kept', async () => {
    const ask = () =>
      api.mutate('members.token', { externalId: 'ada', redeem: true }, { idempotencyKey: 'one' });
    const [first, again] = [await ask(), await ask()];
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.headers.get('idempotent-replayed')).toBeNull();
    expect(JSON.stringify(await api.db.idempotencyKey.findMany())).not.toMatch(/eyJ|members\.token/);
    expect((await api.mutate('members.token', { externalId: 'ada' }, { idempotencyKey: null })).status).toBe(
      200,
    );
  });

  it('knows a member by either id, and none of another program', async () => {
    const { id } = await api.member('by-id');
    expect((await me(await mint({ id }))).body).toMatchObject({ id, externalId: 'by-id' });
    const notFound = { status: 404, code: 'not_found' };
    await expectRefused(api, () => api.mutate('members.token', { externalId: 'nobody' }), notFound);
    await expectRefused(api, () => api.mutate('members.token', { id }, { key: other.key }), notFound);
  });

  it.each([
    ['no member', {}],
    ['two', { externalId: 'ada', id: newId() }],
    ['less than a minute', { externalId: 'ada', ttl_s: 59 }],
    ['more than an hour', { externalId: 'ada', ttl_s: 3_601 }],
  ])('refuses %s', async (_, input) => {
    const send = () => api.mutate('members.token', input);
    await expectRefused(api, send, { status: 400, code: 'input_invalid' });
  });

  it('needs its scope, as settings and secrets need theirs', async () => {
    const missing = { status: 403, code: 'scope_missing' };
    const { token: reader } = await api.key(['read', 'members:write']);
    const { token: minter } = await api.key(['tokens:write']);
    const make = (key: string) => () => api.mutate('members.token', { externalId: 'ada' }, { key });
    await expectRefused(api, make(reader), missing);
    expect((await make(minter)()).status).toBe(200);
    await expectRefused(api, () => api.mutate('tokens.createSecret', undefined, { key: minter }), missing);
    await expectRefused(api, () => api.query('tokens.settings', undefined, { key: minter }), missing);
  });
});

describe('a token that the host signs', () => {
  it('names the secret, or else each good one is tried', async () => {
    expect(await me(await signed())).toMatchObject({ status: 200, body: { externalId: 'ada' } });
    expect((await me(await signed({ header: {} }))).status).toBe(200);
    expect((await me(await signed({ claims: { redeem: true } }))).body.mayRedeem).toBe(true);
    const aud = [other.programId, api.programId];
    expect((await me(await signed({ claims: { aud } }))).status).toBe(200);
  });

  it('may come from a clock that is a minute off', async () => {
    expect((await me(await signed({ claims: { iat: nowS() + 50, exp: nowS() + 900 } }))).status).toBe(200);
    expect((await me(await signed({ claims: { iat: nowS() - 900, exp: nowS() - 50 } }))).status).toBe(200);
  });

  const invalid: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ['without `exp`', { exp: undefined }, /lacks the claim `exp`/],
    ['without `iat`', { iat: undefined }, /lacks the claim `iat`/],
    ['without `sub`', { sub: undefined }, /lacks the claim `sub`/],
    ['with an `exp` that is a text', { exp: 'soon' }, /`exp`/],
    ['with a `sub` that no database takes', { sub: 'ada\u0000' }, /`sub`/],
    ['for longer than an hour', { exp: nowS() + 3_700 }, /3600 seconds/],
    ['from the future', { iat: nowS() + 120, exp: nowS() + 900 }, /not good yet.*`iat`/],
    ['not good before later', { nbf: nowS() + 120 }, /not good yet.*`nbf`/],
    ['with `redeem` as a text', { redeem: 'true' }, /`redeem`/],
  ];
  it.each(invalid)('%s is refused with what is wrong', async (_, claims, detail) => {
    const { status, body, headers } = await me(await signed({ claims }));
    expect([status, body.code]).toEqual([401, 'token_invalid']);
    expect(body.detail).toMatch(detail);
    expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('is over at its end, and an hour after its beginning', async () => {
    const expired = { status: 401, body: { code: 'token_expired' } };
    expect(await me(await signed({ claims: { iat: nowS() - 900, exp: nowS() - 61 } }))).toMatchObject(
      expired,
    );
    expect(await me(await signed({ claims: { iat: nowS() - 3_700 } }))).toMatchObject(expired);
  });

  it('of another program or audience is refused as foreign, whatever signed it', async () => {
    const refused = { status: 401, body: { code: 'token_foreign' } };
    for (const aud of [undefined, other.programId, 'referrals', [other.programId], 42, '']) {
      expect(await me(await signed({ claims: { aud } })), String(aud)).toMatchObject(refused);
    }
    expect(await me(await mint(), '', other.programId)).toMatchObject(refused);
    expect(await me(await signToken('x', { key: keyOf(own.secret) }), '', 'x')).toMatchObject(refused);
    const nowhere = newId();
    const token = await signToken(nowhere, { key: keyOf(own.secret) });
    expect(await me(token, '', nowhere)).toMatchObject(refused);
  });

  it('with a signature of anything else is refused', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const tokens = [
      await signed({ key: keyOf(foreign.secret), header: { kid: foreign.id } }),
      await signed({ key: keyOf(foreign.secret) }),
      await signed({ key: keyOf(foreign.secret), header: {} }),
      await signed({ header: { kid: newId() } }),
      await signed({ header: { kid: 'engine' } }),
      await signed({ key: keyOf('x'.repeat(64)), header: { alg: 'HS512', kid: own.id } }),
      await signed({ key: privateKey, header: { alg: 'ES256' } }),
    ];
    for (const token of tokens) {
      expect(await me(token)).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
    }
  });

  it('that is none is refused unread', async () => {
    const [header = '', payload = '', signature = ''] = (await signed()).split('.');
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const none = part({ alg: 'none' });
    const texts = [
      `${none}.${payload}.`,
      `${part({ alg: 'None', kid: own.id })}.${payload}.${signature}`,
      `${part({ alg: 'HS256', kid: 7 })}.${payload}.${signature}`,
      `${part({ alg: 'HS256', crit: ['b64'], b64: false })}.${payload}.${signature}`,
      `${header}.${part([1])}.${signature}`,
      `${header}.${payload}`,
      `${header}.${payload}.${signature}A`,
      `${header}.${payload.slice(0, -1)}.${signature}`,
      `${header}.${payload}.${signature}.x.y`,
      'garbage',
      'a'.repeat(4_097),
      `${header}.${part({ sub: 'x'.repeat(4_096) })}.${signature}`,
    ];
    for (const text of texts) {
      const { status, body } = await me(text);
      expect([status, body.code], text).toEqual([401, 'token_invalid']);
    }
  });

  it('is refused when its member is not there', async () => {
    const token = await signed({ claims: { sub: 'nobody' } });
    expect(await me(token)).toMatchObject({ status: 401, body: { code: 'member_barred' } });
  });
});
