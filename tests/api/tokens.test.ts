import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';
import { keyOf, nowS, signToken, type TokenSeed, useTokens } from './tokens-harness.ts';

const api = useApi();
const { rest, me, mint, secret: makeSecret, configure } = useTokens(api);

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

describe('secrets', () => {
  it('are shown once: no replay, list, audit or table has one', async () => {
    const options = { idempotencyKey: 'make-secret', key: other.key };
    const made = await api.mutate('tokens.createSecret', undefined, options);
    expect(made.data.secret).toMatch(/^mts_[\w-]{43}$/);
    const again = await api.mutate('tokens.createSecret', undefined, options);
    expect(again.data).toEqual({ ...made.data, secret: null });
    const list = await api.query('tokens.secrets', undefined, { key: other.key });
    expect(list.data.items.map(({ id }: { id: string }) => id)).toEqual([made.data.id, foreign.id]);
    const stored = JSON.stringify([
      await api.db.idempotencyKey.findMany(),
      await api.db.tokenSecret.findMany(),
      (await api.query('audit.list', undefined, { key: other.key })).data,
    ]);
    expect(stored + list.text).not.toContain(made.data.secret.slice(4));
    expect(stored).toContain('tokens.secret_created');
  });

  it('are at most five that are good, and a revoked one makes room for the next', async () => {
    const program = await api.program();
    await api.mutate('members.upsert', { externalId: 'ada' }, { key: program.key });
    const secrets = [];
    for (let nth = 0; nth < 5; nth += 1) secrets.push(await makeSecret(program.key));
    const create = () => api.mutate('tokens.createSecret', undefined, { key: program.key });
    await expectRefused(api, create, { status: 409, code: 'limit_reached' });
    const [first] = secrets;
    if (first === undefined) throw new Error('no secret');
    const read = async (kid?: string) => {
      const header = kid === undefined ? {} : { kid };
      return me(
        await signToken(program.programId, { key: keyOf(first.secret), header }),
        '',
        program.programId,
      );
    };
    expect((await read()).status).toBe(200);
    const revoke = (id: string, key = program.key) => api.mutate('tokens.revokeSecret', { id }, { key });
    await expectRefused(api, () => revoke(first.id, other.key), { status: 404, code: 'not_found' });
    expect((await revoke(first.id)).data).toEqual({ id: first.id, revoked: true });
    for (const answer of [await read(), await read(first.id)]) {
      expect(answer).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
    }
    expect((await revoke(first.id)).data).toEqual({ id: first.id, revoked: true });
    expect((await create()).status).toBe(200);
  });

  it('that another process revoked are refused after two seconds', async () => {
    const { id, secret } = await makeSecret();
    const token = await signed({ key: keyOf(secret), header: { kid: id } });
    expect((await me(token)).status).toBe(200);
    const where = { programId_id: { programId: api.programId, id } };
    await api.db.tokenSecret.update({ where, data: { revokedAt: new Date(), sealed: null } });
    api.advance(2_000);
    expect(await me(token)).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
  });

  it('that BADGE_SECRET does not open say so', async () => {
    const { id, secret } = await makeSecret();
    const where = { programId_id: { programId: api.programId, id } };
    await api.db.tokenSecret.update({ where, data: { sealed: 'v1.a.b.c.d' } });
    api.advance(2_000);
    const answer = await me(await signed({ key: keyOf(secret), header: { kid: id } }));
    expect(answer).toMatchObject({ status: 503, body: { code: 'secret_unreadable' } });
    await api.mutate('tokens.revokeSecret', { id });
  });
});

describe('settings', () => {
  it('are replaced as a whole, and read back', async () => {
    expect((await api.query('tokens.settings', undefined, { key: other.key })).data.updatedAt).toBeNull();
    const settings = { origins: ['https://shop.example', 'http://localhost:5173'], jwksUrl: null };
    const set = await configure({ ...settings, origins: [...settings.origins, 'https://shop.example'] });
    expect(set.data).toMatchObject(settings);
    expect((await api.query('tokens.settings')).data).toEqual(set.data);
  });

  it.each([
    ['a page', { origins: ['https://shop.example/page'] }, 'input_invalid'],
    ['a star', { origins: ['https://*.shop.example'] }, 'input_invalid'],
    ['plain http', { origins: ['http://shop.example'] }, 'input_invalid'],
    ['null', { origins: ['null'] }, 'input_invalid'],
    [
      'too many',
      { origins: Array.from({ length: 21 }, (_, nth) => `https://s${nth}.example`) },
      'input_invalid',
    ],
    ['a key set over http', { jwksUrl: 'http://shop.example/jwks.json' }, 'endpoint_forbidden'],
    ['a key set on an internal address', { jwksUrl: 'https://169.254.169.254/jwks' }, 'endpoint_forbidden'],
  ])('refuse %s', async (_, settings, code) => {
    await expectRefused(api, () => configure(settings), {
      status: code === 'input_invalid' ? 400 : 422,
      code,
    });
  });
});
