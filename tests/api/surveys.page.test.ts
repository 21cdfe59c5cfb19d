import { describe, expect, it } from 'vitest';
import { SURVEY_PAGE_POLICY } from '../../api/surveys/page.ts';
import { surveyToken } from '../../engine/surveys/link.ts';
import { newId } from '../../platform/ids.ts';
import { expectRefused } from './refusal.ts';
import { useSurveyApi, XSS } from './surveys-harness.ts';

const DAY_MS = 86_400_000;

const on = useSurveyApi();

describe('the page behind a link', () => {
  it('shows the questions in the member’s language, no scripts, not to be framed or kept', async () => {
    const german = await on.api.member();
    await on.api.db.member.updateMany({ where: { id: german.id }, data: { locale: 'de-AT' } });
    const id = await on.survey({ ruleId: 'long' }, german.id);
    const { status, text, headers } = await on.page(on.tokenOf(id));
    expect(status).toBe(200);
    expect(text).toContain('<html lang="de">');
    expect(text).toContain('Wie haben Sie von uns gehört?');
    expect(text).toContain('How easy was it?');
    expect(text).not.toContain('<script');
    expect(headers.get('content-security-policy')).toBe(SURVEY_PAGE_POLICY);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('takes an answer, thanks, and shows it when opened again, with what was written escaped', async () => {
    const id = await on.survey();
    const thanks = await on.post(on.tokenOf(id), { a_nps: '9', a_comment: XSS });
    expect([thanks.status, thanks.text]).toEqual([200, expect.stringContaining(`/r/${on.referralCode}`)]);
    await on.decide();
    expect((await on.api.query('surveys.get', { id })).data.answer).toMatchObject({ score: 9, comment: XSS });
    const { text } = await on.page(on.tokenOf(id));
    expect(text).toContain('value="9" checked');
    expect(text).toContain('&lt;/textarea&gt;&lt;script&gt;');
    expect(text).not.toContain('<script');
  });

  it('tells a promoter alone of the link to share', async () => {
    const id = await on.survey();
    expect((await on.post(on.tokenOf(id), { a_nps: '8' })).text).not.toContain('/r/');
  });

  it.each([
    ['a score of 11', { a_nps: '11' }],
    ['a score that is no number', { a_nps: 'ten' }],
    ['a comment that is too long', { a_comment: 'x'.repeat(2_001) }],
    ['a character that cannot be seen', { a_comment: 'a\u0000b' }],
    ['a field of another form', { a_other: '1' }],
    ['nothing at all', {}],
  ])('says what is wrong with %s, and keeps nothing', async (_name, fields) => {
    const id = await on.survey();
    const before = await on.api.counts();
    const { status, text } = await on.post(on.tokenOf(id), fields as Record<string, string>);
    expect([status, text]).toEqual([400, expect.stringContaining('role="alert"')]);
    expect(await on.api.counts()).toEqual(before);
  });

  it('is not there for a forged link: another secret, survey or time, or any letter changed', async () => {
    const [id, other] = [await on.survey(), await on.survey()];
    const good = on.tokenOf(id);
    const bytes = Buffer.from(good, 'base64url');
    const spliced = Buffer.concat([
      Buffer.from(other.replaceAll('-', ''), 'hex'),
      bytes.subarray(16),
    ]).toString('base64url');
    const flipped = Buffer.from(bytes.map((byte, index) => (index === 20 ? byte ^ 1 : byte))).toString(
      'base64url',
    );
    const forged = [
      surveyToken('another secret altogether', id, Date.now() + DAY_MS),
      spliced,
      flipped,
      `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`,
      good.slice(1),
      'x',
      on.tokenOf(newId()),
    ];
    for (const token of forged) {
      expect((await on.page(token)).status, token).toBe(404);
      expect((await on.post(token, { a_nps: '9' })).status, token).toBe(404);
    }
  });

  it('is gone for an expired link, and for a survey that is over', async () => {
    const id = await on.survey();
    for (const send of [on.page, (token: string) => on.post(token, { a_nps: '9' })]) {
      const expired = await send(on.tokenOf(id, Date.now() - 1));
      expect([expired.status, expired.text]).toEqual([410, expect.stringContaining('expired')]);
      const closed = await send(on.tokenOf(await on.survey({ status: 'lapsed' })));
      expect([closed.status, closed.text]).toEqual([410, expect.stringContaining('over')]);
    }
    expect((await on.page(on.tokenOf(await on.survey({ status: 'scheduled' })))).status).toBe(409);
  });

  it('takes forms and nothing else, of a bounded size', async () => {
    const token = on.tokenOf(await on.survey());
    const json = await on.api.send(`/s/${token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '[1]',
    });
    expect(json.status).toBe(415);
    expect((await on.post(token, { a_comment: 'x'.repeat(300_000) })).status).toBe(413);
    const elsewhere = await on.api.send('/trpc/surveys.answer', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a=1',
    });
    expect(elsewhere.status).toBe(415);
  });

  it('is where the link of surveys.link leads', async () => {
    const id = await on.survey();
    const { data } = await on.api.mutate('surveys.link', { id });
    expect((await on.page(new URL(data.url).pathname.slice('/s/'.length))).status).toBe(200);
    const closed = await on.survey({ status: 'closed' });
    await expectRefused(on.api, () => on.api.mutate('surveys.link', { id: closed }), {
      status: 409,
      code: 'survey_closed',
    });
  });
});
