import { describe, expect, it } from 'vitest';
import { drawPng } from '../../engine/badges/png.ts';
import { newId } from '../../platform/ids.ts';
import { useBadgeApi } from './badges-harness.ts';
import { expectRefused } from './refusal.ts';
import { seedReferral } from './seed.ts';

const { api, open, grant, define, issued, verify } = useBadgeApi();

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

  it('shows its end when it is past, and is not valid when its text is not what was signed', async () => {
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
    for (const picture of pictures) {
      await expectRefused(api, () => define({ imagePng: picture.toString('base64') }), {
        status: 400,
        code: 'input_invalid',
      });
    }
  });

  it('a badge on hold, or without an achievement, is not issued yet; a credit is no badge', async () => {
    const held = await grant({ status: 'held' });
    const undefined_ = await grant({ label: 'never defined' });
    for (const { rewardId } of [held, undefined_]) {
      await expectRefused(api, () => api.mutate('badges.issue', { rewardId }), {
        status: 409,
        code: 'stage_forbids',
      });
    }
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
