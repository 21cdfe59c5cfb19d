import { gunzipSync } from 'node:zlib';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { verifyCredential } from '@digitalbazaar/vc';
import { describe, expect, it } from 'vitest';
import { drawPng } from '../../engine/badges/png.ts';
import { documentLoader, documentsOf } from '../../engine/badges/sign.ts';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';
import { seedReferral } from './seed.ts';

const XSS = `<script>alert('x')</script>"><img src=x onerror=alert(1)>]]>&'`;
const AT = new Date('2026-05-01T10:00:00Z');

const api = useApi();
/** A path of the API from one of the absolute addresses that it gives. */
const pathOf = (url: string): string => new URL(url).pathname;
const open = (url: string) => api.send(pathOf(url), {});
const json = async (url: string) => JSON.parse((await open(url)).text);

async function bytesOf(url: string): Promise<Buffer> {
  const response = await fetch(api.url + pathOf(url));
  return Buffer.from(await response.arrayBuffer());
}

interface Granted {
  readonly rewardId: string;
  readonly memberId: string;
}

/** A badge or perk as the engine grants it. */
async function grant(changes: Readonly<Record<string, unknown>> = {}): Promise<Granted> {
  const seeded = await seedReferral(api, api.programId);
  const rewardId = newId();
  await api.db.reward.create({
    data: {
      programId: api.programId,
      id: rewardId,
      key: `reward:${seeded.referralId}:badge:referrer`,
      referralId: seeded.referralId,
      memberId: seeded.referrerId,
      eventId: seeded.eventId,
      ruleId: 'badge',
      policyVersion: 1,
      kind: 'badge',
      label: 'connector',
      status: 'available',
      grantedAt: AT,
      maturesAt: AT,
      trace: {},
      ...changes,
    },
  });
  return { rewardId, memberId: seeded.referrerId };
}

const define = (changes: object = {}) =>
  api.mutate('badges.define', {
    label: 'connector',
    name: 'Connector',
    description: 'Brought a friend',
    criteria: 'A friend\nbought something',
    ...changes,
  });

async function issued(changes: Readonly<Record<string, unknown>> = {}) {
  const { rewardId, memberId } = await grant(changes);
  const { status, data } = await api.mutate('badges.issue', { rewardId });
  expect(status).toBe(200);
  return { ...data, memberId };
}

/** What an independent verifier does: reads everything from its public address, then asks the library. */
async function verify(credentialUrl: string) {
  const credential = await json(credentialUrl);
  const controller = await json(credential.issuer.id);
  const options = {
    suite: new DataIntegrityProof({ cryptosuite }),
    documentLoader: documentLoader(documentsOf(controller)),
  };
  const { statusListCredential, statusListIndex } = credential.credentialStatus;
  const checkStatus = async () => {
    const list = await json(statusListCredential);
    const { verified } = await verifyCredential({ ...options, credential: list });
    const bits = gunzipSync(Buffer.from(list.credentialSubject.encodedList.slice(1), 'base64url'));
    const index = Number(statusListIndex);
    const isSet = ((bits[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
    return { verified: verified && bits.length === 16_384 && !isSet };
  };
  return await verifyCredential({ ...options, credential, checkStatus });
}

describe('an issued badge', () => {
  it('verifies for anybody, from nothing but its public addresses, until it is revoked', async () => {
    await define();
    const badge = await issued();
    expect(badge).toMatchObject({ status: 'valid' });
    expect(await verify(badge.url)).toMatchObject({ verified: true });
    expect((await open(badge.shareUrl)).text).toContain('class="status valid"');

    const revoked = await api.mutate('rewards.revoke', { id: badge.rewardId, note: 'by mistake' });
    expect(revoked.data).toMatchObject({ id: badge.rewardId, status: 'reversed' });
    expect(await verify(badge.url)).toMatchObject({
      verified: false,
      statusResult: { verified: false },
    });
    expect((await open(badge.shareUrl)).text).toContain('class="status revoked"');
    expect((await api.query('badges.get', { rewardId: badge.rewardId })).data.status).toBe('revoked');
    // Others of the same list are none the worse for it.
    expect(await verify((await issued()).url)).toMatchObject({ verified: true });
  });

  it('verifies after the key has been rotated, and so does what the new key signs', async () => {
    await define();
    const before = await issued();
    const rotated = await api.mutate('badges.rotateKey', undefined);
    expect(rotated.status).toBe(200);
    const after = await issued();
    for (const badge of [before, after]) {
      expect(await verify(badge.url)).toMatchObject({ verified: true });
      expect((await open(badge.shareUrl)).text).toContain('class="status valid"');
    }
    const { items } = (await api.query('badges.keys')).data;
    expect(items[0]).toMatchObject({ publicKeyMultibase: rotated.data.publicKeyMultibase, retiredAt: null });
    expect(items[1].retiredAt).not.toBeNull();
    expect(JSON.stringify(items)).not.toContain('ecret');
  });

  it('is one, however often and under whatever idempotency key it is asked for', async () => {
    await define();
    const { rewardId } = await grant();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => api.mutate('badges.issue', { rewardId })),
    );
    expect(new Set(answers.map(({ data }) => data.id)).size).toBe(1);
    expect(await api.db.badgeCredential.count({ where: { rewardId } })).toBe(1);
  });

  it('shows its end when it is past, and is not valid when the stored text is not what was signed', async () => {
    await define();
    const expired = await issued({ expiresAt: new Date('2026-06-01T00:00:00Z') });
    expect(expired.status).toBe('expired');
    expect((await open(expired.shareUrl)).text).toContain('class="status expired"');

    const forged = await issued();
    const row = await api.db.badgeCredential.findUniqueOrThrow({ where: { id: forged.id } });
    const copy = newId();
    const { rewardId } = await grant();
    const document = row.document.replaceAll('Connector', 'Emperor');
    await api.db.badgeCredential.create({
      data: { ...row, id: copy, rewardId, statusIndex: 1_000, document },
    });
    const page = await api.send(`/badges/verify/${copy}`, {});
    expect(page.text).toContain('class="status invalid"');
  });

  it('is listed, by member too, and found by its reward', async () => {
    await define();
    const badge = await issued();
    const { memberId, ...view } = badge;
    expect((await api.query('badges.list', { memberId })).data.items).toMatchObject([{ id: view.id }]);
    expect((await api.query('badges.get', { id: view.id })).data).toMatchObject({ memberId });
  });
});

describe('the page and the pictures', () => {
  it('escape whatever anybody wrote, and allow no script', async () => {
    await define({ name: XSS, description: XSS, criteria: XSS });
    const { rewardId, memberId } = await grant();
    await api.mutate('badges.setRecipient', { memberId, displayName: XSS });
    const { data: badge } = await api.mutate('badges.issue', { rewardId });
    const page = await open(badge.shareUrl);
    expect(page.text).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;');
    expect(page.text).not.toMatch(/<script|<img src=x/);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(page.headers.get('content-security-policy')).not.toContain('script');
    const svg = (await open(badge.svgUrl)).text;
    const [, baked = ''] = /<!\[CDATA\[([\s\S]*?)\]\]>/.exec(svg) ?? [];
    expect(JSON.parse(baked)).toEqual(await json(badge.url));
    expect(svg.replace(/<!\[CDATA\[[\s\S]*?\]\]>/, '')).not.toMatch(/<script|<img/);
    expect(await verify(badge.url)).toMatchObject({ verified: true });
  });

  it('carry the credential: as an element directly after the root of the SVG, and as one plain iTXt chunk of the PNG', async () => {
    const own = drawPng(4, () => [1, 2, 3, 255]);
    await define({ imagePng: own.toString('base64') });
    const badge = await issued();
    const svg = (await open(badge.svgUrl)).text;
    expect(svg).toMatch(
      /<svg [^>]*xmlns:openbadges="https:\/\/purl\.imsglobal\.org\/ob\/v3p0"[^>]*><openbadges:credential><!\[CDATA\[/,
    );
    expect(svg).toContain(own.toString('base64'));
    const png = await bytesOf(badge.pngUrl);
    const at = png.indexOf('iTXtopenbadgecredential\0\0\0\0\0');
    expect(at).toBeGreaterThan(0);
    const size = png.readUInt32BE(at - 4);
    const text = png.toString('utf8', at + 4 + 'openbadgecredential'.length + 5, at + 4 + size);
    expect(JSON.parse(text)).toEqual(await json(badge.url));
    expect((await fetch(api.url + pathOf(badge.pngUrl))).headers.get('content-disposition')).toContain(
      'badge.png',
    );
    await define({ imagePng: null });
    expect((await bytesOf(badge.pngUrl)).subarray(1, 4).toString()).toBe('PNG');
  });

  it('say "unknown" or 404 for ids that were made up, of another kind, or no ids at all', async () => {
    await define();
    const badge = await issued();
    const made = [newId(), badge.rewardId, api.programId, 'x', '..%2f..', `${badge.id}'--`, '%00'];
    for (const id of made) {
      for (const path of [
        'credentials/ID',
        'credentials/ID/baked.svg',
        'credentials/ID/baked.png',
        'achievements/ID',
        'achievements/ID/image.png',
        'status/ID/99',
      ])
        expect((await api.send(`/badges/${path.replace('ID', id)}`, {})).status, `${path} ${id}`).toBe(404);
      const page = await api.send(`/badges/verify/${id}`, {});
      expect([page.status, page.text.includes('class="status unknown"')]).toEqual([404, true]);
    }
    for (const list of ['1', '-1', '1.5', 'x', '99999'])
      expect((await api.send(`/badges/status/${api.programId}/${list}`, {})).status, list).toBe(404);
    expect((await api.send(`/badges/issuers/${newId()}`, {})).status).toBe(404);
    const { programId } = await api.program();
    expect((await api.send(`/badges/status/${programId}/0`, {})).status).toBe(404);
    expect(await api.db.badgeIssuerKey.count({ where: { programId } })).toBe(0);
  });

  it('tell nothing of the member but a salted hash', async () => {
    await define();
    const badge = await issued();
    const member = await api.db.member.findFirstOrThrow({ where: { id: badge.memberId } });
    const texts = [
      (await open(badge.url)).text,
      (await open(badge.shareUrl)).text,
      (await open(badge.svgUrl)).text,
    ];
    for (const text of texts) {
      expect(text).not.toContain(`"${member.externalId}"`);
      expect(text).not.toContain(member.id);
      expect(text).not.toContain(member.referralCode);
    }
  });
});

describe('what cannot be', () => {
  it('a picture that is no PNG, is broken, or has bytes after its end, is refused', async () => {
    const good = drawPng(4, () => [0, 0, 0, 255]);
    const broken = Buffer.from(good);
    broken[40] = (broken[40] ?? 0) ^ 1;
    const pictures = [
      Buffer.from('<svg/>'),
      broken,
      Buffer.concat([good, Buffer.from('x')]),
      good.subarray(0, 30),
    ];
    for (const picture of pictures)
      await expectRefused(api, () => define({ imagePng: picture.toString('base64') }), {
        status: 400,
        code: 'input_invalid',
      });
  });

  it('a badge on hold, or without an achievement, is not issued yet; a credit is no badge', async () => {
    const held = await grant({ status: 'held' });
    const undefined_ = await grant({ label: 'never defined' });
    for (const { rewardId } of [held, undefined_])
      await expectRefused(api, () => api.mutate('badges.issue', { rewardId }), {
        status: 409,
        code: 'stage_forbids',
      });
    const { rewardId: credit } = await seedReferral(api, api.programId);
    await expectRefused(api, () => api.mutate('badges.issue', { rewardId: credit }), {
      status: 404,
      code: 'not_found',
    });
  });

  it('another program reads, issues and revokes nothing of it', async () => {
    await define();
    const badge = await issued();
    const other = await api.program();
    const refused = { status: 404, code: 'not_found' };
    const asOther = { key: other.key };
    await expectRefused(api, () => api.query('badges.get', { id: badge.id }, asOther), refused);
    await expectRefused(
      api,
      () => api.mutate('badges.issue', { rewardId: badge.rewardId }, asOther),
      refused,
    );
    await expectRefused(api, () => api.mutate('rewards.revoke', { id: badge.rewardId }, asOther), refused);
    await expectRefused(
      api,
      () => api.mutate('badges.setRecipient', { memberId: badge.memberId, displayName: 'x' }, asOther),
      { status: 404, code: 'member_unknown' },
    );
    expect((await api.query('badges.list', {}, asOther)).data.items).toEqual([]);
  });
});

describe('perks and badges among the rewards', () => {
  it('are listed by kind', async () => {
    const { rewardId } = await grant({ kind: 'perk', label: 'early access' });
    const { items } = (await api.query('rewards.list', { kind: 'perk' })).data;
    expect(items).toMatchObject([{ id: rewardId, kind: 'perk', label: 'early access', amount: null }]);
  });

  it('are revoked once: told once, audited once, and the same when it is asked again', async () => {
    const { rewardId } = await grant({ kind: 'perk', label: 'role' });
    const revoke = () => api.mutate('rewards.revoke', { id: rewardId, note: 'left the team' });
    const answers = await Promise.all([revoke(), revoke(), revoke()]);
    for (const { status, data } of answers) expect([status, data.status]).toEqual([200, 'reversed']);
    const key = `reward.revoked:${rewardId}`;
    expect(await api.db.outbox.count({ where: { key } })).toBe(1);
    const trail = await api.db.auditEntry.findMany({ where: { subject: rewardId } });
    expect(trail).toMatchObject([{ action: 'reward.revoked', detail: { note: 'left the team' } }]);
  });

  it('are all that can be revoked: credit is not, and a key without the scope may not', async () => {
    const { rewardId } = await seedReferral(api, api.programId);
    await expectRefused(api, () => api.mutate('rewards.revoke', { id: rewardId }), {
      status: 422,
      code: 'not_revocable',
    });
    const perk = await grant({ kind: 'perk', label: 'role' });
    const { token } = await api.key(['read', 'badges:write']);
    await expectRefused(api, () => api.mutate('rewards.revoke', { id: perk.rewardId }, { key: token }), {
      status: 403,
      code: 'scope_missing',
    });
  });
});
