import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { verifyCredential } from '@digitalbazaar/vc';
import { describe, expect, test } from 'vitest';
import {
  type CredentialFacts,
  credentialDocument,
  definitionDocument,
  issuerDocument,
} from '../../domain/badges/credential.ts';
import { statusBits, statusListDocument, statusPlace } from '../../domain/badges/status-list.ts';
import { badgeUrls } from '../../domain/badges/urls.ts';
import { VECTOR, VECTOR_PROOF } from '../../tests/support/badge-vector.ts';
import { useNoNetwork } from '../../tests/support/no-network.ts';
import { documentLoader, documentsOf, generateKeyPair, proofHolds, signCredential } from './sign.ts';

useNoNetwork();

const urls = badgeUrls('https://go.example.com/');
const NOW = new Date('2026-05-01T10:00:00Z');

function facts(changes: Partial<CredentialFacts> = {}): CredentialFacts {
  return {
    id: urls.credential('c'),
    issuer: { id: urls.issuer('p'), name: 'Ann & Co', url: 'https://example.com/' },
    definition: {
      id: urls.definition('a'),
      name: 'Connector',
      description: 'Brought five friends',
      criteria: 'Five friends\nbought something',
      imageUrl: urls.definitionImage('a'),
    },
    recipient: { identityType: 'accountId', identityHash: 'sha256$00', salt: 's', displayName: 'Ann' },
    valid_from_ms: NOW.getTime(),
    valid_until_ms: NOW.getTime() + 86_400_000,
    statusListUrl: urls.statusList('p', 0, 'url'),
    statusListIndex: 7,
    ...changes,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: tests change what they like
type Loose = any;

async function signedBadge() {
  const pair = await generateKeyPair();
  const { issuer: by } = facts();
  const controller = issuerDocument(by, [pair.publicKeyMultibase]);
  const signed: Loose = await signCredential(credentialDocument(facts()), by.id, pair, NOW);
  return { pair, controller, signed };
}

describe('a credential of ours', () => {
  test('verifies through the library alone, which asks for its status', async () => {
    const { controller, signed } = await signedBadge();
    const verify = (verified: boolean) =>
      verifyCredential({
        credential: signed,
        suite: new DataIntegrityProof({ cryptosuite }),
        documentLoader: documentLoader(documentsOf(controller)),
        checkStatus: async () => ({ verified }),
        now: NOW,
      });
    expect(await verify(true)).toMatchObject({ verified: true });
    expect(await verify(false)).toMatchObject({ verified: false });
  });

  test.each([
    [
      'the achievement’s name',
      (it: Loose) => {
        it.credentialSubject.achievement.name = 'Emperor';
      },
    ],
    [
      'the holder',
      (it: Loose) => {
        it.credentialSubject.identifier[1].identityHash = 'Eve';
      },
    ],
    [
      'the status list',
      (it: Loose) => {
        it.credentialStatus.statusListIndex = '8';
      },
    ],
    [
      'the issuer’s name',
      (it: Loose) => {
        it.issuer.name = 'Harvard';
      },
    ],
    [
      'the end',
      (it: Loose) => {
        it.validUntil = '2036-05-01T10:00:00Z';
      },
    ],
    [
      'the proof’s date',
      (it: Loose) => {
        it.proof.created = '2026-05-01T10:00:01Z';
      },
    ],
    [
      'the proof',
      (it: Loose) => {
        it.proof.proofValue = VECTOR.proofValue;
      },
    ],
    [
      'a term that no context knows',
      (it: Loose) => {
        it.credentialSubject.bribe = 'yes';
      },
    ],
    [
      'the proof, which is gone',
      (it: Loose) => {
        delete it.proof;
      },
    ],
  ])('does not verify once somebody has tampered with %s', async (_, change) => {
    const { controller, signed } = await signedBadge();
    const tampered = structuredClone(signed);
    change(tampered);
    expect(await proofHolds(tampered, controller, NOW)).toBe(false);
    expect(await proofHolds(signed, controller, NOW)).toBe(true);
  });

  test('is refused by the signer when a word of it means nothing', async () => {
    const { pair } = await signedBadge();
    const document = { ...credentialDocument(facts()), nonsense: 'x' };
    await expect(signCredential(document, facts().issuer.id, pair, NOW)).rejects.toThrow();
  });

  test('still verifies when its key has retired and others sign', async () => {
    const { pair, signed } = await signedBadge();
    const next = await generateKeyPair();
    const controller = issuerDocument(facts().issuer, [pair.publicKeyMultibase, next.publicKeyMultibase]);
    expect(await proofHolds(signed, controller, NOW)).toBe(true);
  });
});

test('the loader gives the shipped contexts and refuses every other address', async () => {
  const load = documentLoader();
  for (const context of credentialDocument(facts())['@context']) {
    expect(await load(context)).toMatchObject({ document: { '@context': expect.anything() } });
  }
  for (const url of ['https://example.com/context.json', 'http://127.0.0.1:1/', 'file:///etc/passwd']) {
    await expect(load(url)).rejects.toThrow('not among the shipped');
  }
});

test('an achievement’s own document has no word that its contexts do not know', async () => {
  const { definition, issuer: by } = facts();
  const suite = new DataIntegrityProof({ cryptosuite });
  const read = (document: object) =>
    suite.createVerifyData({ document, proof: VECTOR_PROOF, documentLoader: documentLoader() });
  const document = definitionDocument(definition, by);
  await expect(read(document)).resolves.toHaveLength(64);
  await expect(read({ ...document, nonsense: 'x' })).rejects.toThrow();
});

test('a status list is a credential that verifies, and its first place is its leftmost bit', async () => {
  const pair = await generateKeyPair();
  const by = facts().issuer;
  const document = statusListDocument({
    id: urls.statusList('p', 0, 'url'),
    issuer: by,
    valid_from_ms: NOW.getTime(),
    encodedList: 'uH4sIAAAA',
  });
  const signed = await signCredential(document, by.id, pair, NOW);
  expect(await proofHolds(signed, issuerDocument(by, [pair.publicKeyMultibase]), NOW)).toBe(true);
  const bits = statusBits([0, 9, 131_071]);
  expect([bits[0], bits[1], bits[2], bits[16_383]]).toEqual([0x80, 0x40, 0, 1]);
  expect(statusPlace(131_072)).toEqual({ list: 1, index: 0 });
});
