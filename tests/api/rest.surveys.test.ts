import { expect, it } from 'vitest';
import { surveySubmittedAnswer } from '../../api/surveys/answers.ts';
import { useRest } from './rest-harness.ts';
import { useSurveyApi } from './surveys-harness.ts';

const on = useSurveyApi();

/** The harness starts its API later than this file is read. */
const call: ReturnType<typeof useRest>['call'] = (...request) => useRest(on.api).call(...request);

it('an answer that waits over REST hears the decision, and so does its repeat', async () => {
  const id = await on.survey();
  const headers = { 'idempotency-key': '"answer-1"', prefer: 'wait=10' };
  const body = { memberId: on.memberId, answers: { nps: 9 } };
  const pending = call('POST', `/surveys/${id}/answer`, body, headers);
  const stored = () => on.api.db.event.count({ where: { workflowId: `survey-${id}` } });
  await expect.poll(stored, { timeout: 10_000 }).toBe(1);
  await on.decide();
  const decided = await pending;
  expect(decided.body).toMatchObject({
    surveyId: id,
    status: 'decided',
    outcome: { decision: 'accepted' },
    share: { url: `http://localhost:3000/r/${on.referralCode}` },
  });
  // The output's schema is asked before the decision is put in, so the decided form is held to it here.
  expect(surveySubmittedAnswer.parse(decided.body)).toEqual(decided.body);
  const again = await call('POST', `/surveys/${id}/answer`, body, headers);
  expect(again.body).toEqual(decided.body);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  const overTrpc = { id, ...body, answers: { nps: 8 } };
  const accepted = await on.api.mutate('surveys.answer', overTrpc);
  expect(accepted.data).toMatchObject({ status: 'accepted', outcome: null, share: null });
});

it('a survey and what is read of all surveys have addresses of their own', async () => {
  const id = await on.answered({ nps: 2, comment: 'Slow & expensive' });
  expect((await call('GET', `/surveys/${id}`)).body).toEqual(
    (await on.api.query('surveys.get', { id })).data,
  );
  const found = await call('GET', '/surveys/comments?search=slow%20%26%20expensive&group=detractor&limit=1');
  expect(found.body.items).toMatchObject([{ surveyId: id, comment: 'Slow & expensive' }]);
  expect((await call('GET', '/surveys/detractors')).body.items).toMatchObject([{ surveyId: id, score: 2 }]);
  const open = await call('GET', `/surveys?status=open&memberId=${on.memberId}`);
  expect(open.body).toEqual((await on.api.query('surveys.list', { status: 'open' })).data);
  expect((await call('GET', '/surveys?status=opened')).body).toMatchObject({
    status: 400,
    code: 'input_invalid',
  });
});

it('the bounds of results may have any offset, whose plus sign an address makes a space', async () => {
  const input = { ruleId: 'nps', from: '2026-01-01T00:00:00+02:00', policyVersion: 2 };
  const { body } = await call(
    'GET',
    '/surveys/results?ruleId=nps&from=2026-01-01T00:00:00+02:00&policyVersion=2',
  );
  expect(body).toEqual((await on.api.query('surveys.results', input)).data);
});
