import { describe, expect, it } from 'vitest';
import { drawPng } from '../../engine/badges/png.ts';
import { newId } from '../../platform/ids.ts';
import { useBadgeApi, XSS } from './badges-harness.ts';

const { api, pathOf, open, json, bytesOf, grant, define, issued, verify } = useBadgeApi();

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

  it('carry the credential: right after the SVG’s root, and as one plain iTXt chunk of the PNG', async () => {
    const own = drawPng(4, () => [1, 2, 3, 255]);
    await define({ imagePng: own.toString('base64') });
    const badge = await issued();
    const svg = (await open(badge.svgUrl)).text;
    const namespace = 'xmlns:openbadges="https://purl\\.imsglobal\\.org/ob/v3p0"';
    expect(svg).toMatch(new RegExp(`<svg [^>]*${namespace}[^>]*><openbadges:credential><!\\[CDATA\\[`));
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
    for (const list of ['1', '-1', '1.5', 'x', '99999']) {
      expect((await api.send(`/badges/status/${api.programId}/${list}`, {})).status, list).toBe(404);
    }
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
