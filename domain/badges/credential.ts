/**
 * The documents that a program publishes about its badges: Open Badges 3.0 (1EdTech,
 * https://www.imsglobal.org/spec/ob/v3p0/) and W3C's Verifiable Credentials 2.0. Plain JSON; engine/badges
 * signs it.
 */

export const VC_CONTEXT = 'https://www.w3.org/ns/credentials/v2';
export const OB_CONTEXT = 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json';
const DID_CONTEXT = 'https://www.w3.org/ns/did/v1';
const MULTIKEY_CONTEXT = 'https://w3id.org/security/multikey/v1';

/** A program as the issuer of its badges. */
export interface IssuerFacts {
  readonly id: string;
  readonly name: string;
  readonly url: string;
}

const profileOf = ({ id, name, url }: IssuerFacts) => ({ id, type: ['Profile'], name, url });

/** The id of a key within its issuer's document. */
export const keyIdOf = (issuerId: string, publicKeyMultibase: string): string =>
  `${issuerId}#${publicKeyMultibase}`;

/** Every key that ever signed, under the issuer's id: what a retired key signed stays valid. */
function methodsOf(issuerId: string, publicKeys: readonly string[]) {
  const verificationMethod = publicKeys.map((publicKeyMultibase) => ({
    id: keyIdOf(issuerId, publicKeyMultibase),
    type: 'Multikey',
    controller: issuerId,
    publicKeyMultibase,
  }));
  return { verificationMethod, assertionMethod: verificationMethod.map(({ id }) => id) };
}

/** The issuer's profile. It is the controller document too, for credentials whose issuer is an address. */
export const issuerDocument = (issuer: IssuerFacts, publicKeys: readonly string[]) => ({
  '@context': [DID_CONTEXT, MULTIKEY_CONTEXT, OB_CONTEXT],
  ...profileOf(issuer),
  ...methodsOf(issuer.id, publicKeys),
});

/** The document of an issuer's DID, with the same keys; `profileUrl` is the issuer's other name. */
export const didDocument = (did: string, profileUrl: string, publicKeys: readonly string[]) => ({
  '@context': [DID_CONTEXT, MULTIKEY_CONTEXT],
  id: did,
  alsoKnownAs: [profileUrl],
  ...methodsOf(did, publicKeys),
});

/** What a badge stands for. Open Badges calls it an achievement. */
export interface BadgeDefinitionFacts {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly criteria: string;
  readonly imageUrl: string;
}

const achievementOf = ({ id, name, description, criteria, imageUrl }: BadgeDefinitionFacts) => ({
  id,
  type: ['Achievement'],
  name,
  description,
  criteria: { narrative: criteria },
  image: { id: imageUrl, type: 'Image' },
});

/** A definition as its public address shows it: an achievement of Open Badges. */
export const definitionDocument = (definition: BadgeDefinitionFacts, issuer: IssuerFacts) => ({
  '@context': [VC_CONTEXT, OB_CONTEXT],
  ...achievementOf(definition),
  creator: profileOf(issuer),
});

/** Who earned a badge, with no more detail than the member allows. */
export interface RecipientFacts {
  readonly identityType: 'accountId' | 'emailAddress';
  /** `sha256$` and the hash, in hex, of the identity followed by the salt. */
  readonly identityHash: string;
  readonly salt: string;
  readonly displayName: string | null;
}

function identifiersOf({ identityType, identityHash, salt, displayName }: RecipientFacts) {
  const hashed = { type: 'IdentityObject', hashed: true, identityHash, identityType, salt };
  if (displayName === null) return [hashed];
  return [hashed, { type: 'IdentityObject', hashed: false, identityHash: displayName, identityType: 'name' }];
}

/** What the credential of one earned badge says. */
export interface CredentialFacts {
  readonly id: string;
  readonly issuer: IssuerFacts;
  readonly definition: BadgeDefinitionFacts;
  readonly recipient: RecipientFacts;
  readonly valid_from_ms: number;
  readonly valid_until_ms: number | null;
  readonly statusListUrl: string;
  /** The place within that list. */
  readonly statusListIndex: number;
}

/** A moment in RFC 3339 with whole seconds, as the libraries write it. */
export const rfc3339 = (at_ms: number): string => new Date(at_ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** The unsigned credential of one earned badge. */
export function credentialDocument(facts: CredentialFacts) {
  const { id, issuer, definition, recipient, statusListUrl, statusListIndex } = facts;
  return {
    '@context': [VC_CONTEXT, OB_CONTEXT],
    id,
    type: ['VerifiableCredential', 'OpenBadgeCredential'],
    name: definition.name,
    issuer: profileOf(issuer),
    validFrom: rfc3339(facts.valid_from_ms),
    ...(facts.valid_until_ms === null ? {} : { validUntil: rfc3339(facts.valid_until_ms) }),
    credentialSubject: {
      type: ['AchievementSubject'],
      identifier: identifiersOf(recipient),
      achievement: achievementOf(definition),
    },
    credentialStatus: {
      id: `${statusListUrl}#${statusListIndex}`,
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: String(statusListIndex),
      statusListCredential: statusListUrl,
    },
  };
}
