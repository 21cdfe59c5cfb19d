import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { describe, expect, test } from 'vitest';
import { issuerDocument } from '../../domain/badges/credential.ts';
import { useNoNetwork } from '../../tests/support/no-network.ts';
import { documentLoader, generateKeyPair, proofHolds, signCredential } from './sign.ts';

useNoNetwork();

// The official test vector of 1EdTech's "Open Badges 3.0 certification", chapter on the linked data proof.
const VECTOR = {
  issuer: 'https://example.edu/issuers/565049',
  publicKey: '4bdeafde2ea8beefadd8c699b5c7e0704cf51154d52e17b20b71337ca04cc5a5',
  seed: '6241a409e6707bb640a0140a8a32bc3d193c33a661747284d6adfa4ed4180be4',
  publicKeyMultibase: 'z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi',
  documentHash: '87f65a76d40146205e3b3e06cb0fbd153f97f9ce70372390f52566bb7f9e0773',
  proofHash: 'd34009cea0dbc1ca941e09dc01c8c9d3e3ce3c5b853f67ee44698dcea10f5d19',
  proofValue: 'z5x9aCBYovW3CQCbKdNyhEm7ffYSw1YpEdPywQJoNbzDD2gkzQDKJ1sYKJaWvqZtkMtSbz35HcbgXVEDYHxCzgkCr',
  at: new Date('2010-01-01T19:23:24Z'),
};
const vectorDocument = () => ({
  '@context': [
    'https://www.w3.org/ns/credentials/v2',
    'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json',
  ],
  id: 'http://example.com/credentials/3527',
  type: ['VerifiableCredential', 'OpenBadgeCredential'],
  issuer: {
    id: VECTOR.issuer,
    type: ['Profile'],
    url: 'https://www.imsglobal.org',
    name: 'Example Corp',
  },
  validFrom: '2010-01-01T00:00:00Z',
  name: 'Teamwork Badge',
  credentialSubject: {
    id: 'did:example:ebfeb1f712ebc6f1c276e12ec21',
    type: ['AchievementSubject'],
    achievement: {
      id: 'https://example.com/achievements/21st-century-skills/teamwork',
      type: ['Achievement'],
      criteria: {
        narrative:
          'Team members are nominated for this badge by their peers and recognized upon review by ' +
          'Example Corp management.',
      },
      description:
        'This badge recognizes the development of the capacity to collaborate within a group environment.',
      name: 'Teamwork',
    },
  },
});
const proofOptions = {
  type: 'DataIntegrityProof',
  created: '2010-01-01T19:23:24Z',
  verificationMethod: `${VECTOR.issuer}#${VECTOR.publicKeyMultibase}`,
  cryptosuite: 'eddsa-rdfc-2022',
  proofPurpose: 'assertionMethod',
};
const issuer = { id: VECTOR.issuer, name: 'Example Corp', url: 'https://www.imsglobal.org' };
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

describe('the official vector of Open Badges 3.0', () => {
  test('its document and proof options have its hashes, in its order', async () => {
    const suite = new DataIntegrityProof({ cryptosuite });
    const data = await suite.createVerifyData({
      document: vectorDocument(),
      proof: proofOptions,
      documentLoader: documentLoader(),
    });
    expect(Buffer.from(data).toString('hex')).toBe(VECTOR.proofHash + VECTOR.documentHash);
  });

  test('its seed gives its public key, and signing its document gives its proof value', async () => {
    const pair = await generateKeyPair(bytes(VECTOR.seed));
    expect(pair.publicKeyMultibase).toBe(VECTOR.publicKeyMultibase);
    const signed = await signCredential(vectorDocument(), VECTOR.issuer, pair, VECTOR.at);
    expect(signed).toMatchObject({ proof: { ...proofOptions, proofValue: VECTOR.proofValue } });
  });

  test('its signed credential verifies with its public key, and with no other', async () => {
    const signed = { ...vectorDocument(), proof: { ...proofOptions, proofValue: VECTOR.proofValue } };
    const other = await generateKeyPair();
    const right = issuerDocument(issuer, [other.publicKeyMultibase, VECTOR.publicKeyMultibase]);
    expect(await proofHolds(signed, right, VECTOR.at)).toBe(true);
    expect(await proofHolds(signed, issuerDocument(issuer, [other.publicKeyMultibase]), VECTOR.at)).toBe(
      false,
    );
  });
});
