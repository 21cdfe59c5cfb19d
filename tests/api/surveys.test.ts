import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { seedSurvey } from '../support/surveys.ts';
import { expectRefused } from './refusal.ts';
import { RULES, useSurveyApi } from './survey-harness.ts';

const DAY_MS = 86_400_000;

const on = useSurveyApi();

describe('a policy’s surveys', () => {
  it('are published with the policy and come back as they were', async () => {
    const { data } = await on.api.query('policies.get');
    expect(data.policy.surveys).toEqual(RULES);
  });

  it('are refused with the place of each mistake', async () => {
    const { policy } = (await on.api.query('policies.builtin')).data;
    const surveys = [{ ...RULES[0], remind_after_days: 10, cap_days: 9_999 }];
    const refused = await expectRefused(
      on.api,
      () => on.api.mutate('policies.publish', { policy: { ...policy, surveys } }),
      { status: 422, code: 'policy_invalid' },
    );
    expect(refused.message).toContain('surveys[0].cap_days');
    expect(refused.message).toContain('surveys[0].remind_after_days');
  });
});

describe('answers through the API', () => {
  it('are taken, decided by the survey’s workflow, read back, and may be changed', async () => {
    const id = await on.answered({ nps: 3, comment: 'Too slow' });
    expect((await on.api.query('surveys.get', { id })).data).toMatchObject({
      status: 'answered',
      answer: { score: 3, comment: 'Too slow', changes: 0 },
    });
    await on.answer(id, { nps: 8 });
    await on.decide();
    const { data } = await on.api.query('surveys.get', { id });
    expect(data.answer).toMatchObject({ score: 8, comment: null, changes: 1 });
    expect(data.questions.map((question: { id: string }) => question.id)).toEqual(['nps', 'comment']);
  });

  it('offer a promoter their own link to share, and nobody else', async () => {
    const id = await on.survey();
    const url = `http://localhost:3000/r/${on.referralCode}`;
    expect((await on.answer(id, { nps: 9 })).data.share).toEqual({ url });
    expect((await on.answer(id, { nps: 8 })).data.share).toBeNull();
    expect((await on.answer(id, { comment: 'Fine' })).data.share).toBeNull();
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
    const id = await on.survey();
    await expectRefused(on.api, () => on.answer(id, answers), { status: 400, code });
  });

  it.each([
    ['an option that is not offered', { how: 'radio' }, 'answer_option_unknown'],
    ['a step beyond the scale', { ease: 6 }, 'answer_out_of_range'],
    ['a comment beyond its own limit', { why: 'x'.repeat(21) }, 'answer_too_long'],
  ])('%s is refused', async (_name, answers, code) => {
    const id = await on.survey({ ruleId: 'long' });
    await expectRefused(on.api, () => on.answer(id, answers), { status: 400, code });
  });

  it.each(['closed', 'lapsed', 'cancelled'] as const)('are refused once the survey is %s', async (status) => {
    const id = await on.survey({ status });
    await expectRefused(on.api, () => on.answer(id, { nps: 9 }), { status: 409, code: 'survey_closed' });
  });

  it('are refused when the time is over, even before the workflow has closed the survey', async () => {
    const id = await on.survey({ at: new Date(Date.now() - 2 * DAY_MS), open_ms: DAY_MS });
    await expectRefused(on.api, () => on.answer(id, { nps: 9 }), { status: 409, code: 'survey_closed' });
  });

  it('are refused before the survey is asked', async () => {
    const id = await on.survey({ status: 'scheduled' });
    await expectRefused(on.api, () => on.answer(id, { nps: 9 }), { status: 409, code: 'stage_forbids' });
  });

  it('are refused for a survey of another member, of another program, or of nobody', async () => {
    const notFound = { status: 404, code: 'not_found' };
    const id = await on.survey();
    const other = await on.api.program();
    const stranger = await on.api.member();
    await expectRefused(on.api, () => on.answer(id, { nps: 9 }, { memberId: stranger.id }), notFound);
    await expectRefused(on.api, () => on.answer(id, { nps: 9 }, {}, { key: other.key }), notFound);
    await expectRefused(on.api, () => on.answer(newId(), { nps: 9 }), notFound);
    await expectRefused(on.api, () => on.api.query('surveys.get', { id }, { key: other.key }), notFound);
  });

  it('need a key that may write for members', async () => {
    const id = await on.survey();
    const { token } = await on.api.key(['read', 'surveys:write']);
    const refused = { status: 403, code: 'scope_missing' };
    await expectRefused(on.api, () => on.answer(id, { nps: 9 }, {}, { key: token }), refused);
  });

  it('are taken a hundred times and no more', async () => {
    const id = await on.survey();
    await on.api.db.survey.updateMany({ where: { id }, data: { submissions: 99 } });
    expect((await on.answer(id, { nps: 9 })).status).toBe(200);
    await expectRefused(on.api, () => on.answer(id, { nps: 1 }), { status: 409, code: 'survey_closed' });
  });
});

describe('what operators see', () => {
  it('lists surveys by member, survey and stage, page by page', async () => {
    const { id: own } = await on.api.member();
    const ids = [
      await on.survey({}, own),
      await on.survey({ status: 'closed' }, own),
      await on.survey({ ruleId: 'long' }, own),
    ];
    const list = async (input: object) =>
      (await on.api.query('surveys.list', { memberId: own, ...input })).data;
    const all = await list({});
    expect(all.items.map((row: { id: string }) => row.id).sort()).toEqual([...ids].sort());
    expect((await list({ status: 'open' })).items).toHaveLength(2);
    expect((await list({ ruleId: 'long' })).items).toHaveLength(1);
    const first = await list({ limit: 2 });
    const rest = await list({ limit: 2, cursor: first.nextCursor });
    expect([...first.items, ...rest.items]).toEqual(all.items);
  });

  it('gives the NPS with its interval, the response rate and every answer’s count, by version and period', async () => {
    const other = await on.api.program();
    const { policy } = (await on.api.query('policies.builtin')).data;
    const publish = async () =>
      (await on.api.mutate('policies.publish', { policy: { ...policy, surveys: RULES } }, { key: other.key }))
        .data.version as number;
    const [first, second] = [await publish(), await publish()];
    const { data: member } = await on.api.mutate('members.upsert', { externalId: 'm' }, { key: other.key });
    const seeds = [
      [first, '2026-03-01', 10],
      [first, '2026-03-20', 9],
      [first, '2026-04-02', 2],
      [first, '2026-04-03', null],
      [second, '2026-04-04', 7],
    ] as const;
    for (const [policyVersion, day, score] of seeds) {
      const at = new Date(`${day}T12:00:00Z`);
      const id = await seedSurvey(on.api.db, other.programId, member.id, {
        policyVersion,
        at,
        status: 'closed',
      });
      if (score === null) continue;
      const row = { answers: { nps: score }, score, firstAnsweredAt: at, answeredAt: at, eventId: newId() };
      await on.api.db.surveyAnswer.create({ data: { programId: other.programId, surveyId: id, ...row } });
    }
    const read = async (input: object) =>
      (await on.api.query('surveys.results', { ruleId: 'nps', ...input }, { key: other.key })).data;
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
    const german = await on.api.member();
    await on.api.db.member.updateMany({ where: { id: german.id }, data: { locale: 'de' } });
    const en = await on.answered({ nps: 10, comment: 'The invitations were arriving quickly' });
    const de = await on.answered({ nps: 2, comment: 'Die Auszahlungen dauerten zu lange' }, {}, german.id);
    const search = async (input: object) =>
      (await on.api.query('surveys.comments', input)).data.items.map(
        (row: { surveyId: string }) => row.surveyId,
      );
    expect(await search({ search: 'invitation arrives' })).toEqual([en]);
    expect(await search({ search: 'Auszahlung' })).toEqual([de]);
    expect(await search({ search: '"zu lange" -schnell' })).toEqual([de]);
    expect(await search({ search: 'nothing of the kind' })).toEqual([]);
    expect(await search({ search: 'Auszahlung', group: 'promoter' })).toEqual([]);
    expect(await search({ search: "'); DROP TABLE surveys; --" })).toEqual([]);
    const other = await on.api.program();
    expect((await on.api.query('surveys.comments', {}, { key: other.key })).data.items).toEqual([]);
  });

  it('shows detractors until an operator says what was done, and again when the answer changes', async () => {
    const id = await on.answered({ nps: 1, comment: 'Never again' });
    const isOpen = async (state: string) =>
      (await on.api.query('surveys.detractors', { state })).data.items.some(
        (row: { surveyId: string }) => row.surveyId === id,
      );
    expect([await isOpen('open'), await isOpen('handled')]).toEqual([true, false]);
    const handled = await on.api.mutate('surveys.handle', { id, note: 'Called them' });
    expect(handled.data).toMatchObject({
      handledNote: 'Called them',
      handledBy: expect.stringMatching(/^key:/),
    });
    expect([await isOpen('open'), await isOpen('handled')]).toEqual([false, true]);
    await on.answer(id, { nps: 0, comment: 'Still not' });
    await on.decide();
    expect([await isOpen('open'), await isOpen('handled')]).toEqual([true, false]);
    await on.answer(id, { nps: 9 });
    await on.decide();
    expect([await isOpen('open'), await isOpen('handled')]).toEqual([false, false]);
  });

  it('closes the loop: those whose answers led to a change are told of it, each once', async () => {
    const { id: own } = await on.api.member();
    const mine = [await on.answered({ nps: 3 }, {}, own), await on.answered({ comment: 'Slow' }, {}, own)];
    const hers = await on.answered({ nps: 5 });
    const made = await on.api.mutate('surveys.improve', {
      title: 'Payouts in a day',
      description: 'They took a week.',
      surveyIds: mine,
    });
    expect(made.data).toMatchObject({ answers: 2, told: 1 });
    const link = (surveyIds: string[]) =>
      on.api.mutate('surveys.linkAnswers', { improvementId: made.data.id, surveyIds });
    expect((await link([...mine, hers])).data.told).toBe(1);
    expect((await link([hers])).data.told).toBe(0);
    const told = await on.api.db.outbox.findMany({ where: { type: 'improvement.made' } });
    const payloads = told.map(({ payload }) => payload as { memberId: string });
    expect(payloads.map((payload) => payload.memberId).sort()).toEqual([on.memberId, own].sort());
    expect(JSON.stringify(payloads)).not.toContain('Payouts');
    const { items } = (await on.api.query('surveys.improvements')).data;
    expect(items).toMatchObject([{ title: 'Payouts in a day', answers: 3 }]);
    const notFound = { status: 404, code: 'not_found' };
    await expectRefused(on.api, () => link([newId()]), notFound);
    const other = await on.api.program();
    await expectRefused(
      on.api,
      () =>
        on.api.mutate(
          'surveys.improve',
          { title: 'T', description: 'D', surveyIds: mine },
          { key: other.key },
        ),
      notFound,
    );
  });

  it('withdraws a survey that nobody has answered, and no other', async () => {
    const id = await on.survey();
    expect((await on.api.mutate('surveys.cancel', { id, note: 'by mistake' })).status).toBe(200);
    await on.decide();
    expect((await on.api.query('surveys.get', { id })).data).toMatchObject({ status: 'cancelled' });
    const kept = await on.answered({ nps: 7 });
    await expectRefused(on.api, () => on.api.mutate('surveys.cancel', { id: kept }), {
      status: 409,
      code: 'stage_forbids',
    });
    await expectRefused(on.api, () => on.api.mutate('surveys.cancel', { id }), {
      status: 409,
      code: 'survey_closed',
    });
  });
});
