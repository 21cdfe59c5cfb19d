import { beforeAll, describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';
import { keyOf, signToken, type TokenSeed, useTokens } from './tokens-harness.ts';

const api = useApi();
const { me, secret: makeSecret, configure } = useTokens(api);

let other: { readonly programId: string; readonly key: string };
let foreign: { readonly id: string; readonly secret: string };

beforeAll(async () => {
  await api.member('ada');
  other = await api.program();
  foreign = await makeSecret(other.key);
});

const signed = (seed: TokenSeed) => signToken(api.programId, seed);

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
