import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { seedSurvey } from '../support/surveys.ts';
import { expectRefused } from './refusal.ts';
import { RULES, useSurveyApi } from './surveys-harness.ts';

const on = useSurveyApi();

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

  it('gives the NPS with interval, response rate and answers’ counts, by version and period', async () => {
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
