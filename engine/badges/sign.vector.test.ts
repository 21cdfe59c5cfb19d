import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { describe, expect, test } from 'vitest';
import { issuerDocument } from '../../domain/badges/credential.ts';
import { VECTOR, VECTOR_PROOF } from '../../tests/support/badge-vector.ts';
import { useNoNetwork } from '../../tests/support/no-network.ts';
import { documentLoader, generateKeyPair, proofHolds, signCredential } from './sign.ts';

useNoNetwork();

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
const issuer = { id: VECTOR.issuer, name: 'Example Corp', url: 'https://www.imsglobal.org' };
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

describe('the official vector of Open Badges 3.0', () => {
  test('its document and proof options have its hashes, in its order', async () => {
    const suite = new DataIntegrityProof({ cryptosuite });
    const data = await suite.createVerifyData({
      document: vectorDocument(),
      proof: VECTOR_PROOF,
      documentLoader: documentLoader(),
    });
    expect(Buffer.from(data).toString('hex')).toBe(VECTOR.proofHash + VECTOR.documentHash);
  });

  test('its seed gives its public key, and signing its document gives its proof value', async () => {
    const pair = await generateKeyPair(bytes(VECTOR.seed));
    expect(pair.publicKeyMultibase).toBe(VECTOR.publicKeyMultibase);
    const signed = await signCredential(vectorDocument(), VECTOR.issuer, pair, VECTOR.at);
    expect(signed).toMatchObject({ proof: { ...VECTOR_PROOF, proofValue: VECTOR.proofValue } });
  });

  test('its signed credential verifies with its public key, and with no other', async () => {
    const signed = { ...vectorDocument(), proof: { ...VECTOR_PROOF, proofValue: VECTOR.proofValue } };
    const other = await generateKeyPair();
    const right = issuerDocument(issuer, [other.publicKeyMultibase, VECTOR.publicKeyMultibase]);
    expect(await proofHolds(signed, right, VECTOR.at)).toBe(true);
    expect(await proofHolds(signed, issuerDocument(issuer, [other.publicKeyMultibase]), VECTOR.at)).toBe(
      false,
    );
  });
});
