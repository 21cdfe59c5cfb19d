import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers';
import type { z } from 'zod';
import { newId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import { fail } from '../http/errors.ts';
import type { newCredential, usedCredential } from './passkey-schema.ts';
import type { SignedIn } from './session.ts';

export const PASSKEYS_MAX = 20;

/** Who asks for passkeys, as browsers know it: by this deployment's own address, whatever a request names. */
const partyOf = (publicUrl: string) => {
  const { hostname, origin } = new URL(publicUrl);
  return { rpId: hostname, origin };
};

/** What a browser is to make a passkey of: one that names its user, and asks for a PIN or the like. */
export async function creationOptions(db: Database, publicUrl: string, user: SignedIn) {
  const { rpId } = partyOf(publicUrl);
  const known = await db.passkey.findMany({
    where: { userId: user.userId },
    select: { credentialId: true, transports: true },
    take: PASSKEYS_MAX,
  });
  if (known.length >= PASSKEYS_MAX) throw tooMany();
  return await generateRegistrationOptions({
    rpName: rpId,
    rpID: rpId,
    userID: new TextEncoder().encode(user.userId),
    userName: user.email,
    userDisplayName: user.name,
    attestationType: 'none',
    excludeCredentials: known.map(({ credentialId, transports }) => ({ id: credentialId, transports })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
}

/** What a browser is to choose one of its passkeys by. */
export const requestOptions = (publicUrl: string) =>
  generateAuthenticationOptions({ rpID: partyOf(publicUrl).rpId, userVerification: 'required' });

interface NewPasskey {
  readonly userId: string;
  readonly name: string;
  readonly challenge: string;
  readonly response: z.infer<typeof newCredential>;
}

/** Adds a passkey to a user. Throws `passkey_wrong` or `stage_forbids`. Returns its id. */
export async function addPasskey(
  db: Database,
  publicUrl: string,
  { userId, name, challenge, response }: NewPasskey,
): Promise<string> {
  const { id: credentialId, publicKey, counter } = await verifiedNew(publicUrl, challenge, response);
  const id = newId();
  await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR UPDATE`;
    if ((await tx.passkey.count({ where: { userId } })) >= PASSKEYS_MAX) throw tooMany();
    const { transports = [] } = response.response;
    const { count } = await tx.passkey.createMany({
      data: [{ id, userId, name, credentialId, publicKey, counter, transports }],
      skipDuplicates: true,
    });
    if (count === 0) throw wrong();
  });
  return id;
}

async function verifiedNew(publicUrl: string, challenge: string, given: z.infer<typeof newCredential>) {
  const { rpId, origin } = partyOf(publicUrl);
  const { clientDataJSON, attestationObject, transports = [] } = given.response;
  try {
    // None was asked for; checking one may fetch what its certificates name.
    const attestation = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject));
    if (attestation.get('attStmt').get('x5c') !== undefined) throw wrong();
    const { registrationInfo } = await verifyRegistrationResponse({
      response: {
        ...{ id: given.id, rawId: given.rawId, type: given.type, clientExtensionResults: {} },
        response: { clientDataJSON, attestationObject, transports },
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
    });
    if (registrationInfo === undefined) throw wrong();
    return registrationInfo.credential;
  } catch {
    throw wrong();
  }
}

/**
 * Whose passkey answered a challenge. A counter that has not risen betrays a copy, and of two answers at the
 * same moment one counts. Throws `passkey_wrong`.
 */
export async function usePasskey(
  db: Database,
  publicUrl: string,
  challenge: string,
  given: z.infer<typeof usedCredential>,
): Promise<string> {
  const { rpId, origin } = partyOf(publicUrl);
  const known = await db.passkey.findUnique({ where: { credentialId: given.id } });
  const { userHandle, ...response } = given.response;
  if (known === null || userHandle !== isoBase64URL.fromUTF8String(known.userId)) throw wrong();
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: {
      ...{ id: given.id, rawId: given.rawId, type: given.type, clientExtensionResults: {} },
      response: { ...response, userHandle },
    },
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    credential: { id: given.id, publicKey: known.publicKey, counter: Number(known.counter) },
    requireUserVerification: true,
  }).catch(() => {
    throw wrong();
  });
  if (!verified) throw wrong();
  const { count } = await db.passkey.updateMany({
    where: { id: known.id, counter: known.counter },
    data: { counter: authenticationInfo.newCounter, lastUsedAt: new Date() },
  });
  if (count === 0) throw wrong();
  return known.userId;
}

const wrong = () => fail('passkey_wrong', 'This passkey is unknown here, or its answer does not hold.');

const tooMany = () =>
  fail('stage_forbids', `An account has ${PASSKEYS_MAX} passkeys at most: remove one first.`);
