import { expect, it } from 'vitest';
import type { IssuerForm } from '../../domain/badges/urls.ts';
import { issueBadge } from '../../engine/badges/issue.ts';
import { resolveDidWeb } from '../support/did-web.ts';
import { TEST_BADGES } from '../support/seed.ts';
import { useBadgeApi } from './badges-harness.ts';
import { useApi } from './harness.ts';

const PUBLIC_URL = 'https://go.example:8443';
const { api, open, json, grant, define, issued, verify } = useBadgeApi({
  publicUrl: PUBLIC_URL,
  issuerForm: 'did:web',
});
const plain = useApi();

const didOf = (programId: string) => `did:web:go.example%3A8443:badges:issuers:${programId}`;
const credentialUrl = (id: string) => `${PUBLIC_URL}/badges/credentials/${id}`;

/** Issues a badge as a process with this setting does, whatever the API's own is. */
async function issueAs(issuerForm: IssuerForm): Promise<{ readonly id: string; readonly rewardId: string }> {
  const { rewardId } = await grant();
  const settings = { ...TEST_BADGES, publicUrl: PUBLIC_URL, issuerForm };
  const ref = { programId: api.programId, rewardId, now_ms: Date.now() };
  const { credentialId } = await api.db.$transaction((tx) => issueBadge(tx, settings, ref));
  return { id: credentialId ?? '', rewardId };
}

it('a badge names its issuer by did:web, and verifies by it until it is revoked', async () => {
  await define();
  const badge = await issued();
  const credential = await json(badge.url);
  expect(credential.issuer.id).toBe(didOf(api.programId));
  expect(credential.proof.verificationMethod).toMatch(`${didOf(api.programId)}#z6Mk`);
  expect(await verify(badge.url)).toMatchObject({ verified: true });
  expect((await open(badge.shareUrl)).text).toContain('class="status valid"');

  await api.mutate('rewards.revoke', { id: badge.rewardId, note: 'by mistake' });
  expect(await verify(badge.url)).toMatchObject({ verified: false, statusResult: { verified: false } });
  expect((await open(badge.shareUrl)).text).toContain('class="status revoked"');
});

it('switching to did:web and back leaves every badge valid and revocable, by keys old and new', async () => {
  await define();
  const badges = [];
  for (const form of ['url', 'did:web', 'url'] as const) {
    badges.push({ form, ...(await issueAs(form)) });
    expect((await api.mutate('badges.rotateKey', undefined)).status).toBe(200);
  }
  for (const { form, id } of badges) {
    const url = credentialUrl(id);
    const named = form === 'url' ? `${PUBLIC_URL}/badges/issuers/${api.programId}` : didOf(api.programId);
    expect((await json(url)).issuer.id).toBe(named);
    expect(await verify(url), form).toMatchObject({ verified: true });
    expect((await open(`${PUBLIC_URL}/badges/verify/${id}`)).text).toContain('class="status valid"');
  }
  for (const { form, id, rewardId } of badges) {
    await api.mutate('rewards.revoke', { id: rewardId, note: 'by mistake' });
    expect(await verify(credentialUrl(id)), form).toMatchObject({ statusResult: { verified: false } });
  }
});

it('a DID’s document lists every key that the issuer’s profile lists, and each is of the DID', async () => {
  await define();
  await issued();
  await api.mutate('badges.rotateKey', undefined);
  const did = didOf(api.programId);
  const profile = await json(`${PUBLIC_URL}/badges/issuers/${api.programId}`);
  const document = await json(resolveDidWeb(did));
  expect(document).toMatchObject({ id: did, alsoKnownAs: [profile.id] });
  const keysOf = ({ verificationMethod }: { verificationMethod: { publicKeyMultibase: string }[] }) =>
    verificationMethod.map(({ publicKeyMultibase }) => publicKeyMultibase);
  expect(keysOf(document)).toEqual(keysOf(profile));
  expect(keysOf(document).length).toBeGreaterThanOrEqual(2);
  for (const { id, controller, publicKeyMultibase } of document.verificationMethod) {
    expect({ id, controller }).toEqual({ id: `${did}#${publicKeyMultibase}`, controller: did });
    expect(document.assertionMethod).toContain(id);
  }
  const { headers } = await open(resolveDidWeb(did));
  expect(headers.get('content-type')).toBe('application/did+ld+json');
  expect(headers.get('access-control-allow-origin')).toBe('*');
});

it('there is no DID document where the address can have none, and none of unknown programs', async () => {
  const statuses = await Promise.all([
    plain.send(`/badges/issuers/${plain.programId}/did.json`, {}),
    api.send('/badges/issuers/00000000-0000-4000-8000-000000000000/did.json', {}),
    api.send('/badges/issuers/x/did.json', {}),
    plain.send(`/badges/status/${plain.programId}/0/did-web`, {}),
  ]);
  expect(statuses.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
});
