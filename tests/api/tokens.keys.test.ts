import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemberAuth } from '../../api/tokens/member-auth.ts';
import { readText } from '../support/documents.ts';
import { json, usePayoutHost } from '../support/payout-host.ts';
import { apiSettings, useApi } from './harness.ts';
import { keyOf, signToken, type TokenSeed, useTokens } from './tokens-harness.ts';

/** Plain JavaScript, as a host has it. */
const EXAMPLES: string = '../../docs/examples/member-token.mjs';
const { mintToken, readBalances, signWithKey, signWithSecret } = await import(EXAMPLES);

const api = useApi({ allowInternalEndpoints: true });
const host = usePayoutHost();
const { me, secret: makeSecret, configure } = useTokens(api);

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const jwk = ({ publicKey }: { publicKey: KeyObject }, more: object) => ({
  ...publicKey.export({ format: 'jwk' }),
  ...more,
});
const SET = {
  keys: [jwk(ec, { kid: 'ec' }), jwk(ed, { kid: 'ed' }), jwk(rsa, { kid: 'rsa', alg: 'RS256' })],
};

/** For tokens whose key is never found. */
const NO_MEMBERS = { read: async () => null };

/** Each test has an address of its own, and so a set that nobody has fetched. */
let nth = 0;
beforeAll(() => api.member('ada'));
beforeEach(async () => {
  host.reply(json(200, SET));
  nth += 1;
  expect((await configure({ jwksUrl: `${host.url}/${nth}` })).status).toBe(200);
});

const signed = (alg: string, key: TokenSeed['key'], kid?: string) =>
  signToken(api.programId, { key, header: kid === undefined ? { alg } : { alg, kid } });
const invalid = { status: 401, body: { code: 'token_invalid' } };
const unavailable = { status: 503, body: { code: 'jwks_unavailable' } };

describe('a token signed with a key of the host’s set', () => {
  it('is taken, whatever kind of key it is, and the set is fetched once for all', async () => {
    expect((await me(await signed('ES256', ec.privateKey, 'ec'))).status).toBe(200);
    expect((await me(await signed('EdDSA', ed.privateKey, 'ed'))).status).toBe(200);
    expect((await me(await signed('RS256', rsa.privateKey, 'rsa'))).status).toBe(200);
    expect((await me(await signed('ES256', ec.privateKey))).status).toBe(200);
    expect(host.calls).toMatchObject([{ method: 'GET', body: '' }]);
  });

  it('is not taken when a secret is made of the public key', async () => {
    const { publicKey } = rsa;
    const secrets = [
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      JSON.stringify(publicKey.export({ format: 'jwk' })),
    ];
    await makeSecret();
    for (const text of secrets) {
      expect(await me(await signed('HS256', keyOf(text), 'rsa'))).toMatchObject(invalid);
      expect(await me(await signed('HS256', keyOf(text)))).toMatchObject(invalid);
    }
  });

  it('is not taken with another key under its name, or an algorithm that is not the key’s', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(await me(await signed('ES256', other.privateKey, 'ec'))).toMatchObject(invalid);
    expect(await me(await signed('PS256', rsa.privateKey, 'rsa'))).toMatchObject(invalid);
    expect(await me(await signed('EdDSA', ed.privateKey, 'ec'))).toMatchObject(invalid);
  });

  it('of a name that is not in the set is refused, and many of them fetch it once more at most', async () => {
    for (let kid = 0; kid < 10; kid += 1) {
      expect(await me(await signed('ES256', ec.privateKey, `unknown-${kid}`))).toMatchObject(invalid);
    }
    expect(host.calls.length).toBeLessThanOrEqual(2);
  });

  it('counts in its own program alone', async () => {
    const other = await api.program();
    await api.mutate('members.upsert', { externalId: 'ada' }, { key: other.key });
    const token = await signToken(other.programId, {
      key: ec.privateKey,
      header: { alg: 'ES256', kid: 'ec' },
    });
    expect(await me(token, '', other.programId)).toMatchObject(invalid);
    await configure({ jwksUrl: null });
    expect(await me(await signed('ES256', ec.privateKey, 'ec'))).toMatchObject(invalid);
  });
});

describe('a set that cannot be had', () => {
  it.each([
    ['an error', json(500, {})],
    ['a redirect', json(302, SET)],
    ['something else', json(200, { keys: 'none' })],
    ['no JSON', ((response) => void response.end('<html>')) satisfies Parameters<typeof host.reply>[0]],
    ['more than 64 KB', json(200, { ...SET, more: 'x'.repeat(70_000) })],
  ])('because the host answers with %s is 503, and asked for again after a rest', async (_, reply) => {
    host.reply(reply);
    const token = await signed('ES256', ec.privateKey, 'ec');
    const answer = await me(token);
    expect(answer).toMatchObject(unavailable);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await me(token)).toMatchObject(unavailable);
    expect(host.calls).toHaveLength(1);
    host.reply(json(200, SET));
    api.advance(5_000);
    expect((await me(token)).status).toBe(200);
  });

  it('because it is on an internal address is never fetched, also where a name leads there', async () => {
    const { port } = new URL(host.url);
    const { programId } = api;
    const auth = createMemberAuth(api.db, NO_MEMBERS, apiSettings('.'), Date.now);
    const jwksUrl = `https://localhost:${port}/jwks`;
    await api.db.tokenSettings.update({ where: { programId }, data: { jwksUrl } });
    const token = await signed('ES256', ec.privateKey, 'ec');
    await expect(auth.authenticate(`Bearer ${token}`, programId)).rejects.toMatchObject({
      code: 'jwks_unavailable',
    });
    expect(host.calls).toEqual([]);
  });
});

describe('the examples of docs/TOKENS.md', () => {
  it('make tokens that the engine takes, in every way', async () => {
    const { programId } = api;
    const pem = ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const tokens = await Promise.all([
      mintToken(api.url, api.programKey, 'ada'),
      signWithSecret(await makeSecret(), programId, 'ada'),
      signWithKey({ kid: 'ec', pem }, programId, 'ada'),
    ]);
    for (const token of tokens) expect(await readBalances(api.url, programId, token)).toEqual([]);
    await expect(readBalances(api.url, programId, 'garbage')).rejects.toThrow(/^token_invalid: /);
  });

  it('stand there as they run', () => {
    const [page, code] = [readText('docs/TOKENS.md'), readText('docs/examples/member-token.mjs')];
    const functions = code.match(/^export async function [\s\S]*?^\}/gm) ?? [];
    expect(functions).toHaveLength(4);
    expect(functions.filter((text) => !page.includes(text.replace('export ', '')))).toEqual([]);
  });
});
