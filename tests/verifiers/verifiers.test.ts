import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OB_CONTEXT, VC_CONTEXT } from '../../domain/badges/credential.ts';
import type { IssuerForm } from '../../domain/badges/urls.ts';
import { issueBadge } from '../../engine/badges/issue.ts';
import { documentLoader } from '../../engine/badges/sign.ts';
import { temporaryFolder } from '../../local/temporary.ts';
import { freePort } from '../../platform/ports.ts';
import { useBadgeApi } from '../api/badges-harness.ts';
import { TEST_BADGES } from '../support/seed.ts';
import { LIBRARIES, prepare } from './libraries.ts';
import { startFront } from './tls-front.ts';

/*
 * `npm run verifiers`: libraries that we have no part in read badges of both forms of issuer, from their
 * public addresses over TLS. It installs and compiles them, which takes minutes, so it is no part of
 * `npm test`. What it sees is the table of docs/BADGES.md.
 */
const port = await freePort();
const PUBLIC_URL = `https://localhost:${port}`;
const folder = temporaryFolder('referral-verifiers-');
const { api, grant, define } = useBadgeApi({ publicUrl: PUBLIC_URL });
const [cases, contexts] = [path.join(folder, 'cases.json'), path.join(folder, 'contexts.json')];
let front: Awaited<ReturnType<typeof startFront>>;

async function issue(issuerForm: IssuerForm) {
  const { rewardId } = await grant();
  const settings = { ...TEST_BADGES, publicUrl: PUBLIC_URL, issuerForm };
  const ref = { programId: api.programId, rewardId, now_ms: Date.now() };
  const { credentialId } = await api.db.$transaction((tx) => issueBadge(tx, settings, ref));
  const row = await api.db.badgeCredential.findUniqueOrThrow({ where: { id: credentialId ?? '' } });
  return { rewardId, credential: JSON.parse(row.document) };
}

async function writeCases(): Promise<void> {
  const [before, url, did, revoked] = [
    await issue('did:web'),
    await issue('url'),
    await issue('did:web'),
    await issue('did:web'),
  ];
  const beforeUrl = await issue('url');
  await api.mutate('badges.rotateKey', undefined);
  await api.mutate('rewards.revoke', { id: revoked.rewardId, note: 'by mistake' });
  const forged = structuredClone(did.credential);
  forged.credentialSubject.achievement.name = 'Emperor';
  const all = {
    url: url.credential,
    'url, retired key': beforeUrl.credential,
    'did:web': (await issue('did:web')).credential,
    'did:web, retired key': before.credential,
    'did:web, forged': forged,
    'did:web, revoked': revoked.credential,
  };
  writeFileSync(
    cases,
    JSON.stringify(Object.entries(all).map(([name, credential]) => ({ name, credential }))),
  );
}

beforeAll(async () => {
  front = await startFront(port, folder, () => api.url);
  await define();
  await writeCases();
  const load = documentLoader();
  const known = await Promise.all(
    [VC_CONTEXT, OB_CONTEXT].map(async (url) => [url, ((await load(url)) as { document: object }).document]),
  );
  writeFileSync(contexts, JSON.stringify(Object.fromEntries(known)));
});
afterAll(() => front.close());

const isThere = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(path.delimiter).some((at) => existsSync(path.join(at, program)));

describe.each(LIBRARIES)('the verifier in $name', (library) => {
  test('accepts badges of a did:web, by retired keys too, and none that is forged or revoked', async ({
    skip,
  }) => {
    if (!isThere(library.needs)) skip(`${library.needs} is not installed`);
    const { authority } = front;
    const ask = prepare(library, {
      CONTEXTS: contexts,
      SSL_CERT_FILE: authority,
      NODE_EXTRA_CA_CERTS: authority,
    });
    const verdicts = await ask(cases);
    const said = verdicts.map(({ name, reason }) => `${name}: ${reason}`).join('\n');
    const accepted = Object.fromEntries(verdicts.map((verdict) => [verdict.name, verdict.accepted]));
    expect(accepted, said).toEqual({
      url: library.acceptsUrl,
      'url, retired key': library.acceptsUrl,
      'did:web': true,
      'did:web, retired key': true,
      'did:web, forged': false,
      'did:web, revoked': !library.checksStatus,
    });
  }, 1_800_000);
});
