import { policyToJson } from '../../domain/policies/json.ts';
import { newId } from '../../platform/ids.ts';
import type { TestApi } from '../api/harness.ts';
import { testMilestone } from '../support/milestones.ts';
import { testNotices } from '../support/notices.ts';
import { pointRule, testPoints } from '../support/points.ts';
import { fixedPolicy, usd } from '../support/seed.ts';
import { testSurveyRule } from '../support/survey-rule.ts';
import { hosts, shop } from './host.ts';
import type { Call, World } from './part.ts';
import { badges, boards, friends, operators, voices } from './people.ts';

/** Makes the world in the API's first program, through the API wherever it can make it. */
export async function makeWorld(api: TestApi): Promise<World> {
  const call: Call = async (method, path, input) => {
    const answer = await api.send(`/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${api.programKey}`,
        prefer: 'wait=10',
        ...(method === 'GET' ? {} : { 'idempotency-key': newId() }),
        ...(input === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(input === undefined ? {} : { body: JSON.stringify(input) }),
    });
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.text}`);
    return JSON.parse(answer.text);
  };
  await publish(call);
  const ann = await call('PUT', '/members', { externalId: 'ann', email: 'ann@mail.example' });
  const parts = [
    await boards(api, call),
    await friends(api, call, ann),
    await badges(api, call, ann.id),
    await shop(api, call, ann.id),
    await voices(api, call, ann.id),
    await hosts(api, call),
    await operators(api),
  ];
  const { token } = await call('POST', '/members/token', { id: ann.id, redeem: true, ttl_s: 3_600 });
  const own = {
    memberId: ann.id,
    externalId: 'ann',
    subject: 'ann',
    programId: api.programId,
    version: 1,
    wait_ms: 0,
  };
  return {
    memberToken: token,
    fields: Object.assign(own, ...parts.map(({ fields }) => fields)),
    ids: Object.assign({ members: ann.id, schedules: 'upkeep' }, ...parts.map(({ ids }) => ids)),
    own: Object.assign({}, ...parts.map((part) => part.own)),
    programs: await lives(api),
  };
}

async function publish(call: Call): Promise<void> {
  const { redemption, ...policy } = fixedPolicy(10_000n, 0, {
    notices: testNotices(),
    points: testPoints({ rules: [pointRule({ event: 'purchase' })] }),
    milestones: [testMilestone()],
    surveys: [testSurveyRule()],
    budget: usd(100_000_000n),
  });
  const methods = ['manual', 'account_credit'] as const;
  await call('POST', '/policies', {
    policy: policyToJson({ ...policy, redemption: { ...redemption, methods } }),
  });
}

/** A program at each stage of life, for the operations that move it on, and one whose policy may change. */
async function lives(api: TestApi): Promise<Record<string, string>> {
  const draft = async () => (await api.program({ draft: true })).programId;
  const live = async () => (await api.program()).programId;
  const { programId: paused, key } = await api.program();
  await api.mutate('programs.pause', undefined, { key });
  return {
    startProgram: await draft(),
    scheduleProgram: await draft(),
    pauseProgram: await live(),
    resumeProgram: paused,
    endProgram: await live(),
    publishPolicy: await live(),
  };
}
