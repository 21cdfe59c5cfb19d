/**
 * The documents of Open Badges 3.0 (1EdTech, https://www.imsglobal.org/spec/ob/v3p0/) and of W3C's Verifiable Credentials 2.0
 * and Bitstring Status List 1.0 that a program publishes. Plain JSON; signing is not for here.
 */

export const VC_CONTEXT = 'https://www.w3.org/ns/credentials/v2';
export const OB_CONTEXT = 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json';
const DID_CONTEXT = 'https://www.w3.org/ns/did/v1';
const MULTIKEY_CONTEXT = 'https://w3id.org/security/multikey/v1';

/** Bits of one status list: the least that Bitstring Status List 1.0 allows, so that a place in it tells little. */
export const STATUS_LIST_SIZE = 131_072;

/** A badge's public addresses, all below one. */
export interface BadgeUrls {
  issuer(programId: string): string;
  achievement(id: string): string;
  achievementImage(id: string): string;
  credential(id: string): string;
  verify(id: string): string;
  bakedSvg(id: string): string;
  bakedPng(id: string): string;
  statusList(programId: string, list: number): string;
}

/** The addresses below `publicUrl`, which may have a path of its own. */
export function badgeUrls(publicUrl: string): BadgeUrls {
  const base = `${publicUrl.replace(/\/+$/, '')}/badges`;
  return {
    issuer: (programId) => `${base}/issuers/${programId}`,
    achievement: (id) => `${base}/achievements/${id}`,
    achievementImage: (id) => `${base}/achievements/${id}/image.png`,
    credential: (id) => `${base}/credentials/${id}`,
    verify: (id) => `${base}/verify/${id}`,
    bakedSvg: (id) => `${base}/credentials/${id}/baked.svg`,
    bakedPng: (id) => `${base}/credentials/${id}/baked.png`,
    statusList: (programId, list) => `${base}/status/${programId}/${list}`,
  };
}

export interface IssuerFacts {
  readonly id: string;
  readonly name: string;
  readonly url: string;
}

const profileOf = ({ id, name, url }: IssuerFacts) => ({ id, type: ['Profile'], name, url });

/** The id of a key within its issuer's document. */
export const keyIdOf = (issuerId: string, publicKeyMultibase: string): string =>
  `${issuerId}#${publicKeyMultibase}`;

/** The issuer's profile, which is its controller document too: every key that ever signed stays in it. */
export function issuerDocument(issuer: IssuerFacts, publicKeys: readonly string[]) {
  const methods = publicKeys.map((publicKeyMultibase) => ({
    id: keyIdOf(issuer.id, publicKeyMultibase),
    type: 'Multikey',
    controller: issuer.id,
    publicKeyMultibase,
  }));
  return {
    '@context': [DID_CONTEXT, MULTIKEY_CONTEXT, OB_CONTEXT],
    ...profileOf(issuer),
    verificationMethod: methods,
    assertionMethod: methods.map(({ id }) => id),
  };
}

export interface AchievementFacts {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly criteria: string;
  readonly imageUrl: string;
}

const achievementOf = ({ id, name, description, criteria, imageUrl }: AchievementFacts) => ({
  id,
  type: ['Achievement'],
  name,
  description,
  criteria: { narrative: criteria },
  image: { id: imageUrl, type: 'Image' },
});

/** An achievement as its public address shows it. */
export const achievementDocument = (achievement: AchievementFacts, issuer: IssuerFacts) => ({
  '@context': [VC_CONTEXT, OB_CONTEXT],
  ...achievementOf(achievement),
  creator: profileOf(issuer),
});

/** Who earned a badge, in no more words than they allow. */
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

export interface CredentialFacts {
  readonly id: string;
  readonly issuer: IssuerFacts;
  readonly achievement: AchievementFacts;
  readonly recipient: RecipientFacts;
  readonly valid_from_ms: number;
  readonly valid_until_ms: number | null;
  readonly statusListUrl: string;
  /** The place within that list. */
  readonly statusListIndex: number;
}

/** RFC 3339 in whole seconds, as the libraries write it. */
const seconds = (at_ms: number): string => new Date(at_ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** The unsigned credential of one earned badge. */
export function credentialDocument(facts: CredentialFacts) {
  const { id, issuer, achievement, recipient, statusListUrl, statusListIndex } = facts;
  return {
    '@context': [VC_CONTEXT, OB_CONTEXT],
    id,
    type: ['VerifiableCredential', 'OpenBadgeCredential'],
    name: achievement.name,
    issuer: profileOf(issuer),
    validFrom: seconds(facts.valid_from_ms),
    ...(facts.valid_until_ms === null ? {} : { validUntil: seconds(facts.valid_until_ms) }),
    credentialSubject: {
      type: ['AchievementSubject'],
      identifier: identifiersOf(recipient),
      achievement: achievementOf(achievement),
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

/** The unsigned credential that tells of one list which of its places are revoked. */
export const statusListDocument = (facts: {
  readonly id: string;
  readonly issuer: IssuerFacts;
  readonly valid_from_ms: number;
  readonly encodedList: string;
}) => ({
  '@context': [VC_CONTEXT],
  id: facts.id,
  type: ['VerifiableCredential', 'BitstringStatusListCredential'],
  issuer: facts.issuer.id,
  validFrom: seconds(facts.valid_from_ms),
  credentialSubject: {
    id: `${facts.id}#list`,
    type: 'BitstringStatusList',
    statusPurpose: 'revocation',
    encodedList: facts.encodedList,
  },
});

/** The list that a place counted over all lists is in, and its place there. */
export const statusPlace = (index: number) => ({
  list: Math.floor(index / STATUS_LIST_SIZE),
  index: index % STATUS_LIST_SIZE,
});

/** The bits of one list, first place first: the leftmost bit is place 0, as the specification counts. */
export function statusBits(revoked: readonly number[]): Uint8Array {
  const bits = new Uint8Array(STATUS_LIST_SIZE / 8);
  for (const index of revoked) bits[index >> 3] = (bits[index >> 3] ?? 0) | (0x80 >> (index & 7));
  return bits;
}
