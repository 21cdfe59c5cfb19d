import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { surveyToken } from '../../activities/survey/link.ts';
import { SURVEY_PAGE_POLICY } from '../../api/surveys/page.ts';
import type { SurveyRule } from '../../domain/survey-policy.ts';
import { newId } from '../../platform/ids.ts';
import { testActivities } from '../support/play.ts';
import { TEST_LINK_SECRET } from '../support/seed.ts';
import { type SurveySeed, seedSurvey } from '../support/surveys.ts';
import { startApi, type TestApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const DAY_MS = 86_400_000;
const XSS = `</textarea><script>alert('x')</script>"&`;

const RULES: readonly SurveyRule[] = [
  {
    id: 'nps',
    moment: { on: 'first_reward' },
    remind_after_days: 3,
    lapse_after_days: 10,
    cap_days: 30,
  },
  {
    id: 'long',
    questions: [
      { id: 'ease', kind: 'scale', text: { en: 'How easy was it?' }, min: 1, max: 5 },
      {
        id: 'how',
        kind: 'choice',
        text: { en: `How did you hear of us? ${XSS}`, de: 'Wie haben Sie von uns gehört?' },
        options: [
          { id: 'friend', text: { en: 'A friend', de: 'Freunde' } },
          { id: 'web', text: { en: 'The web' } },
        ],
      },
      { id: 'why', kind: 'comment', text: { en: 'Why?' }, length_max: 20 },
    ],
    moment: { on: 'redemption' },
    remind_after_days: 0,
    lapse_after_days: 5,
    cap_days: 0,
  },
];

let api: TestApi;
let version: number;
let memberId: string;
let referralCode: string;

beforeAll(async () => {
  api = await startApi();
  const { policy } = (await api.query('policies.builtin')).data;
  const published = await api.mutate('policies.publish', { policy: { ...policy, surveys: RULES } });
  version = published.data.version;
  ({ id: memberId, referralCode } = await api.member());
});
afterAll(() => api.close());

const survey = (seed: SurveySeed = {}, whose = memberId) =>
  seedSurvey(api.db, api.programId, whose, { policyVersion: version, ...seed });

const answer = (id: string, answers: object, changes: object = {}, options = {}) =>
  api.mutate('surveys.answer', { id, memberId, answers, ...changes }, options);

/** Decides what waits for surveys, as their workflows would. */
async function decide() {
  const activities = testActivities(api.database);
  const events = await api.db.event.findMany({
    where: { programId: api.programId, state: 'pending', type: { startsWith: 'survey.' } },
    orderBy: { seq: 'asc' },
  });
  for (const { id: eventId, programId, workflowId, type } of events) {
    const ref = {
      programId,
      eventId,
      surveyId: workflowId?.slice('survey-'.length) ?? '',
      now_ms: Date.now(),
    };
    if (type === 'survey.cancelled') await activities.cancelSurvey(ref);
    else await activities.answerSurvey(ref);
  }
}

async function answered(answers: object, seed: SurveySeed = {}, whose = memberId): Promise<string> {
  const id = await survey(seed, whose);
  const taken = await api.mutate('surveys.answer', { id, memberId: whose, answers });
  expect(taken.status, taken.text).toBe(200);
  await decide();
  return id;
}

const tokenOf = (id: string, expires_at_ms = Date.now() + DAY_MS) =>
  surveyToken(TEST_LINK_SECRET, id, expires_at_ms);
const page = (token: string) => api.send(`/s/${token}`, {});
const post = (token: string, fields: Record<string, string>) =>
  api.send(`/s/${token}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });

describe('a policy’s surveys', () => {
  it('are published with the policy and come back as they were', async () => {
    const { data } = await api.query('policies.get');
    expect(data.policy.surveys).toEqual(RULES);
  });

  it('are refused with the place of each mistake', async () => {
    const { policy } = (await api.query('policies.builtin')).data;
    const surveys = [{ ...RULES[0], remind_after_days: 10, cap_days: 9_999 }];
    const refused = await expectRefused(
      api,
      () => api.mutate('policies.publish', { policy: { ...policy, surveys } }),
      { status: 422, code: 'policy_invalid' },
    );
    expect(refused.message).toContain('surveys[0].cap_days');
    expect(refused.message).toContain('surveys[0].remind_after_days');
  });
});

describe('answers through the API', () => {
  it('are taken, decided by the survey’s workflow, read back, and may be changed', async () => {
    const id = await answered({ nps: 3, comment: 'Too slow' });
    expect((await api.query('surveys.get', { id })).data).toMatchObject({
      status: 'answered',
      answer: { score: 3, comment: 'Too slow', changes: 0 },
    });
    await answer(id, { nps: 8 });
    await decide();
    const { data } = await api.query('surveys.get', { id });
    expect(data.answer).toMatchObject({ score: 8, comment: null, changes: 1 });
    expect(data.questions.map((question: { id: string }) => question.id)).toEqual(['nps', 'comment']);
  });

  it('offer a promoter their own link to share, and nobody else', async () => {
    const id = await survey();
    const url = `http://localhost:3000/r/${referralCode}`;
    expect((await answer(id, { nps: 9 })).data.share).toEqual({ url });
    expect((await answer(id, { nps: 8 })).data.share).toBeNull();
    expect((await answer(id, { comment: 'Fine' })).data.share).toBeNull();
  });

  it.each([
    ['a score of 11', { nps: 11 }, 'answer_out_of_range'],
    ['a score of half a point', { nps: 9.5 }, 'answer_kind_wrong'],
    ['a text for a score', { nps: 'ten' }, 'answer_kind_wrong'],
    ['a number for a comment', { comment: 4 }, 'answer_kind_wrong'],
    ['a question of another survey', { ease: 3 }, 'answer_question_unknown'],
    ['a comment that is too long', { comment: 'x'.repeat(2_001) }, 'answer_too_long'],
    ['nothing', {}, 'answer_empty'],
  ])('%s is refused, and nothing changes', async (_name, answers, code) => {
    const id = await survey();
    await expectRefused(api, () => answer(id, answers), { status: 400, code });
  });

  it.each([
    ['an option that is not offered', { how: 'radio' }, 'answer_option_unknown'],
    ['a step beyond the scale', { ease: 6 }, 'answer_out_of_range'],
    ['a comment beyond its own limit', { why: 'x'.repeat(21) }, 'answer_too_long'],
  ])('%s is refused', async (_name, answers, code) => {
    const id = await survey({ ruleId: 'long' });
    await expectRefused(api, () => answer(id, answers), { status: 400, code });
  });

  it.each(['closed', 'lapsed', 'cancelled'] as const)('are refused once the survey is %s', async (status) => {
    const id = await survey({ status });
    await expectRefused(api, () => answer(id, { nps: 9 }), { status: 409, code: 'survey_closed' });
  });

  it('are refused when the time is over, even before the workflow has closed the survey', async () => {
    const id = await survey({ at: new Date(Date.now() - 2 * DAY_MS), open_ms: DAY_MS });
    await expectRefused(api, () => answer(id, { nps: 9 }), { status: 409, code: 'survey_closed' });
  });

  it('are refused before the survey is asked', async () => {
    const id = await survey({ status: 'scheduled' });
    await expectRefused(api, () => answer(id, { nps: 9 }), { status: 409, code: 'stage_forbids' });
  });

  it('are refused for a survey of another member, of another program, or of nobody', async () => {
    const notFound = { status: 404, code: 'not_found' };
    const id = await survey();
    const other = await api.program();
    const stranger = await api.member();
    await expectRefused(api, () => answer(id, { nps: 9 }, { memberId: stranger.id }), notFound);
    await expectRefused(api, () => answer(id, { nps: 9 }, {}, { key: other.key }), notFound);
    await expectRefused(api, () => answer(newId(), { nps: 9 }), notFound);
    await expectRefused(api, () => api.query('surveys.get', { id }, { key: other.key }), notFound);
  });

  it('need a key that may write for members', async () => {
    const id = await survey();
    const { token } = await api.key(['read', 'surveys:write']);
    const refused = { status: 403, code: 'scope_missing' };
    await expectRefused(api, () => answer(id, { nps: 9 }, {}, { key: token }), refused);
  });

  it('are taken a hundred times and no more', async () => {
    const id = await survey();
    await api.db.survey.updateMany({ where: { id }, data: { submissions: 99 } });
    expect((await answer(id, { nps: 9 })).status).toBe(200);
    await expectRefused(api, () => answer(id, { nps: 1 }), { status: 409, code: 'survey_closed' });
  });
});

describe('the page behind a link', () => {
  it('shows the questions in the member’s language, without scripts, and may not be framed or kept', async () => {
    const german = await api.member();
    await api.db.member.updateMany({ where: { id: german.id }, data: { locale: 'de-AT' } });
    const id = await survey({ ruleId: 'long' }, german.id);
    const { status, text, headers } = await page(tokenOf(id));
    expect(status).toBe(200);
    expect(text).toContain('<html lang="de">');
    expect(text).toContain('Wie haben Sie von uns gehört?');
    expect(text).toContain('How easy was it?');
    expect(text).not.toContain('<script');
    expect(headers.get('content-security-policy')).toBe(SURVEY_PAGE_POLICY);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('takes an answer, thanks, and shows it when it is opened again, with whatever was written escaped', async () => {
    const id = await survey();
    const thanks = await post(tokenOf(id), { a_nps: '9', a_comment: XSS });
    expect([thanks.status, thanks.text]).toEqual([200, expect.stringContaining(`/r/${referralCode}`)]);
    await decide();
    expect((await api.query('surveys.get', { id })).data.answer).toMatchObject({ score: 9, comment: XSS });
    const { text } = await page(tokenOf(id));
    expect(text).toContain('value="9" checked');
    expect(text).toContain('&lt;/textarea&gt;&lt;script&gt;');
    expect(text).not.toContain('<script');
  });

  it('tells a promoter alone of the link to share', async () => {
    const id = await survey();
    expect((await post(tokenOf(id), { a_nps: '8' })).text).not.toContain('/r/');
  });

  it.each([
    ['a score of 11', { a_nps: '11' }],
    ['a score that is no number', { a_nps: 'ten' }],
    ['a comment that is too long', { a_comment: 'x'.repeat(2_001) }],
    ['a character that cannot be seen', { a_comment: 'a\u0000b' }],
    ['a field of another form', { a_other: '1' }],
    ['nothing at all', {}],
  ])('says what is wrong with %s, and keeps nothing', async (_name, fields) => {
    const id = await survey();
    const before = await api.counts();
    const { status, text } = await post(tokenOf(id), fields as Record<string, string>);
    expect([status, text]).toEqual([400, expect.stringContaining('role="alert"')]);
    expect(await api.counts()).toEqual(before);
  });

  it('is not there for a forged link: another secret, another survey, another time, or any letter changed', async () => {
    const [id, other] = [await survey(), await survey()];
    const good = tokenOf(id);
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
      tokenOf(newId()),
    ];
    for (const token of forged) {
      expect((await page(token)).status, token).toBe(404);
      expect((await post(token, { a_nps: '9' })).status, token).toBe(404);
    }
  });

  it('is gone for an expired link, and for a survey that is over', async () => {
    const id = await survey();
    for (const send of [page, (token: string) => post(token, { a_nps: '9' })]) {
      const expired = await send(tokenOf(id, Date.now() - 1));
      expect([expired.status, expired.text]).toEqual([410, expect.stringContaining('expired')]);
      const closed = await send(tokenOf(await survey({ status: 'lapsed' })));
      expect([closed.status, closed.text]).toEqual([410, expect.stringContaining('over')]);
    }
    expect((await page(tokenOf(await survey({ status: 'scheduled' })))).status).toBe(409);
  });

  it('takes forms and nothing else, of a bounded size', async () => {
    const token = tokenOf(await survey());
    const json = await api.send(`/s/${token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '[1]',
    });
    expect(json.status).toBe(415);
    expect((await post(token, { a_comment: 'x'.repeat(300_000) })).status).toBe(413);
    const elsewhere = await api.send('/trpc/surveys.answer', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a=1',
    });
    expect(elsewhere.status).toBe(415);
  });

  it('is where the link of surveys.link leads', async () => {
    const id = await survey();
    const { data } = await api.mutate('surveys.link', { id });
    expect((await page(new URL(data.url).pathname.slice('/s/'.length))).status).toBe(200);
    const closed = await survey({ status: 'closed' });
    await expectRefused(api, () => api.mutate('surveys.link', { id: closed }), {
      status: 409,
      code: 'survey_closed',
    });
  });
});

describe('what operators see', () => {
  it('lists surveys by member, survey and stage, page by page', async () => {
    const { id: own } = await api.member();
    const ids = [
      await survey({}, own),
      await survey({ status: 'closed' }, own),
      await survey({ ruleId: 'long' }, own),
    ];
    const list = async (input: object) => (await api.query('surveys.list', { memberId: own, ...input })).data;
    const all = await list({});
    expect(all.items.map((row: { id: string }) => row.id).sort()).toEqual([...ids].sort());
    expect((await list({ status: 'open' })).items).toHaveLength(2);
    expect((await list({ ruleId: 'long' })).items).toHaveLength(1);
    const first = await list({ limit: 2 });
    const rest = await list({ limit: 2, cursor: first.nextCursor });
    expect([...first.items, ...rest.items]).toEqual(all.items);
  });

  it('gives the NPS with its interval, the response rate and every answer’s count, by version and period', async () => {
    const other = await api.program();
    const { policy } = (await api.query('policies.builtin')).data;
    const publish = async () =>
      (await api.mutate('policies.publish', { policy: { ...policy, surveys: RULES } }, { key: other.key }))
        .data.version as number;
    const [first, second] = [await publish(), await publish()];
    const { data: member } = await api.mutate('members.upsert', { externalId: 'm' }, { key: other.key });
    const seeds = [
      [first, '2026-03-01', 10],
      [first, '2026-03-20', 9],
      [first, '2026-04-02', 2],
      [first, '2026-04-03', null],
      [second, '2026-04-04', 7],
    ] as const;
    for (const [policyVersion, day, score] of seeds) {
      const at = new Date(`${day}T12:00:00Z`);
      const id = await seedSurvey(api.db, other.programId, member.id, {
        policyVersion,
        at,
        status: 'closed',
      });
      if (score === null) continue;
      const row = { answers: { nps: score }, score, firstAnsweredAt: at, answeredAt: at, eventId: newId() };
      await api.db.surveyAnswer.create({ data: { programId: other.programId, surveyId: id, ...row } });
    }
    const read = async (input: object) =>
      (await api.query('surveys.results', { ruleId: 'nps', ...input }, { key: other.key })).data;
    const { items, total } = await read({});
    expect(items.map((row: { policyVersion: number }) => row.policyVersion)).toEqual([second, first]);
    expect(items[1]).toMatchObject({
      asked: 4,
      answered: 3,
      responseRate: 0.75,
      promoters: 2,
      detractors: 1,
    });
    expect(items[1].nps.score).toBeCloseTo(100 / 3);
    expect(items[1].nps.low).toBeLessThan(-30);
    expect(items[1].answers[0].counts[9]).toEqual({ value: 9, count: 1 });
    expect(total).toMatchObject({ asked: 5, answered: 4, passives: 1 });
    const months = await read({ by: 'month', policyVersion: first });
    expect(
      months.items.map((row: { period: string; answered: number }) => [row.period, row.answered]),
    ).toEqual([
      ['2026-04', 1],
      ['2026-03', 2],
    ]);
    const march = await read({ from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' });
    expect(march.total).toMatchObject({ asked: 2, nps: { score: 100 } });
    expect((await read({ from: '2027-01-01T00:00:00Z' })).total).toMatchObject({
      asked: 0,
      nps: null,
      responseRate: null,
    });
  });

  it('finds comments by their words in the language they were written in', async () => {
    const german = await api.member();
    await api.db.member.updateMany({ where: { id: german.id }, data: { locale: 'de' } });
    const en = await answered({ nps: 10, comment: 'The invitations were arriving quickly' });
    const de = await answered({ nps: 2, comment: 'Die Auszahlungen dauerten zu lange' }, {}, german.id);
    const search = async (input: object) =>
      (await api.query('surveys.comments', input)).data.items.map(
        (row: { surveyId: string }) => row.surveyId,
      );
    expect(await search({ search: 'invitation arrives' })).toEqual([en]);
    expect(await search({ search: 'Auszahlung' })).toEqual([de]);
    expect(await search({ search: '"zu lange" -schnell' })).toEqual([de]);
    expect(await search({ search: 'nothing of the kind' })).toEqual([]);
    expect(await search({ search: 'Auszahlung', group: 'promoter' })).toEqual([]);
    expect(await search({ search: "'); DROP TABLE surveys; --" })).toEqual([]);
    const other = await api.program();
    expect((await api.query('surveys.comments', {}, { key: other.key })).data.items).toEqual([]);
  });

  it('shows detractors until an operator says what was done, and again when the answer changes', async () => {
    const id = await answered({ nps: 1, comment: 'Never again' });
    const isOpen = async (state: string) =>
      (await api.query('surveys.detractors', { state })).data.items.some(
        (row: { surveyId: string }) => row.surveyId === id,
      );
    expect([await isOpen('open'), await isOpen('handled')]).toEqual([true, false]);
    const handled = await api.mutate('surveys.handle', { id, note: 'Called them' });
    expect(handled.data).toMatchObject({
      handledNote: 'Called them',
      handledBy: expect.stringMatching(/^key:/),
    });
    expect([await isOpen('open'), await isOpen('handled')]).toEqual([false, true]);
    await answer(id, { nps: 0, comment: 'Still not' });
    await decide();
    expect([await isOpen('open'), await isOpen('handled')]).toEqual([true, false]);
    await answer(id, { nps: 9 });
    await decide();
    expect([await isOpen('open'), await isOpen('handled')]).toEqual([false, false]);
  });

  it('closes the loop: those whose answers led to a change are told of it, each once', async () => {
    const { id: own } = await api.member();
    const mine = [await answered({ nps: 3 }, {}, own), await answered({ comment: 'Slow' }, {}, own)];
    const hers = await answered({ nps: 5 });
    const made = await api.mutate('surveys.improve', {
      title: 'Payouts in a day',
      description: 'They took a week.',
      surveyIds: mine,
    });
    expect(made.data).toMatchObject({ answers: 2, told: 1 });
    const link = (surveyIds: string[]) =>
      api.mutate('surveys.linkAnswers', { improvementId: made.data.id, surveyIds });
    expect((await link([...mine, hers])).data.told).toBe(1);
    expect((await link([hers])).data.told).toBe(0);
    const told = await api.db.outbox.findMany({ where: { type: 'improvement.made' } });
    const payloads = told.map(({ payload }) => payload as { memberId: string });
    expect(payloads.map((payload) => payload.memberId).sort()).toEqual([memberId, own].sort());
    expect(JSON.stringify(payloads)).not.toContain('Payouts');
    const { items } = (await api.query('surveys.improvements')).data;
    expect(items).toMatchObject([{ title: 'Payouts in a day', answers: 3 }]);
    const notFound = { status: 404, code: 'not_found' };
    await expectRefused(api, () => link([newId()]), notFound);
    const other = await api.program();
    await expectRefused(
      api,
      () =>
        api.mutate('surveys.improve', { title: 'T', description: 'D', surveyIds: mine }, { key: other.key }),
      notFound,
    );
  });

  it('withdraws a survey that nobody has answered, and no other', async () => {
    const id = await survey();
    expect((await api.mutate('surveys.cancel', { id, note: 'by mistake' })).status).toBe(200);
    await decide();
    expect((await api.query('surveys.get', { id })).data).toMatchObject({ status: 'cancelled' });
    const kept = await answered({ nps: 7 });
    await expectRefused(api, () => api.mutate('surveys.cancel', { id: kept }), {
      status: 409,
      code: 'stage_forbids',
    });
    await expectRefused(api, () => api.mutate('surveys.cancel', { id }), {
      status: 409,
      code: 'survey_closed',
    });
  });
});
