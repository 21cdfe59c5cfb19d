import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { expectRefused } from './refusal.ts';
import { RULES, useSurveyApi } from './surveys-harness.ts';

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
