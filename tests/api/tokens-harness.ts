import { type JWTHeaderParameters, SignJWT } from 'jose';
import type { TestApi } from './harness.ts';
import { type RestAnswer, useRest } from './rest-harness.ts';

type SigningKey = Parameters<SignJWT['sign']>[0];

/** A token as somebody signs it: a change of undefined leaves a claim out. */
export interface TokenSeed {
  readonly key: SigningKey;
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

export const nowS = (): number => Math.floor(Date.now() / 1_000);

/** Signs a token for `ada` in a program, good but for what the seed changes. */
export async function signToken(
  programId: string,
  { key, header = {}, claims = {} }: TokenSeed,
): Promise<string> {
  const iat = nowS();
  const all = { sub: 'ada', aud: programId, iat, exp: iat + 900, ...claims };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return await new SignJWT(given).setProtectedHeader({ alg: 'HS256', ...header }).sign(key);
}

export const keyOf = (secret: string): Uint8Array => new TextEncoder().encode(secret);

/** What tests do with member tokens, in the API's first program unless they name another. */
export function useTokens(api: TestApi) {
  const rest = useRest(api);
  return {
    rest,
    /** Asks below `…/me` with a token, or without one when it is null. */
    me(token: string | null, path = '', programId = api.programId): Promise<RestAnswer> {
      const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
      return api
        .send(`/api/v1/programs/${programId}/me${path}`, { headers: authorization })
        .then(({ status, headers, text }) => ({ status, headers, body: JSON.parse(text) }));
    },
    async mint(input: object = { externalId: 'ada' }): Promise<string> {
      const { status, body } = await rest.call('POST', '/members/token', input);
      if (status !== 200) throw new Error(`no token: ${JSON.stringify(body)}`);
      return body.token;
    },
    async secret(key = api.programKey): Promise<{ readonly id: string; readonly secret: string }> {
      return (await api.mutate('tokens.createSecret', undefined, { key })).data;
    },
    configure: (settings: object, key = api.programKey) =>
      api.mutate('tokens.configure', { origins: [], jwksUrl: null, ...settings }, { key }),
  };
}
