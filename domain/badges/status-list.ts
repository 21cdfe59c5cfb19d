import { type IssuerFacts, rfc3339, VC_CONTEXT } from './credential.ts';

/**
 * Bits of one status list: the least that Bitstring Status List 1.0 allows. A place among so many reveals
 * little.
 */
export const STATUS_LIST_SIZE = 131_072;

/** The unsigned credential of a status list: which of its places are revoked. */
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
  validFrom: rfc3339(facts.valid_from_ms),
  credentialSubject: {
    id: `${facts.id}#list`,
    type: 'BitstringStatusList',
    statusPurpose: 'revocation',
    encodedList: facts.encodedList,
  },
});

/** Divides a place counted over all lists into the list and the place in that list. */
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
