// Three ways to a member token, for your server, and a use of it, for the browser: docs/TOKENS.md explains
// them.
import { importPKCS8, SignJWT } from 'jose';

/** The engine mints the token. */
export async function mintToken(api, apiKey, externalId) {
  const response = await fetch(`${api}/api/v1/members/token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ externalId, redeem: true, ttl_s: 900 }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer.token;
}

/** Your server signs it, with a secret of the program. */
export async function signWithSecret({ id, secret }, programId, externalId) {
  return await new SignJWT({ redeem: true })
    .setProtectedHeader({ alg: 'HS256', kid: id })
    .setSubject(externalId)
    .setAudience(programId)
    .setIssuedAt()
    .setExpirationTime('15m')
    .sign(new TextEncoder().encode(secret));
}

/** Your server signs it, with a private key whose public half is in your key set under `kid`. */
export async function signWithKey({ kid, pem }, programId, externalId) {
  return await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid })
    .setSubject(externalId)
    .setAudience(programId)
    .setIssuedAt()
    .setExpirationTime('15m')
    .sign(await importPKCS8(pem, 'ES256'));
}

/** A page of yours reads with it. */
export async function readBalances(api, programId, token) {
  const response = await fetch(`${api}/api/v1/programs/${programId}/me/balances`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.code}: ${answer.detail}`);
  return answer.items;
}
