import { beforeAll, describe, expect, it } from 'vitest';
import { policyToJson } from '../../domain/policies/json.ts';
import { newId } from '../../platform/ids.ts';
import { playedProgram } from '../support/play.ts';
import { doAct, pointRule, pointsPolicy, testPoints } from '../support/points.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

let ann: { readonly id: string; readonly externalId: string };

const policy = pointsPolicy({
  rules: [pointRule({ expires_days: 30 })],
  achievements: [
    {
      id: 'streak',
      name: 'Three days',
      test: { kind: 'streak', event: 'contribution', by: 'day', length: 3 },
      benefit: { kind: 'points', points: 5 },
      repeatable: false,
    },
    {
      id: 'pioneer',
      name: 'Pioneer',
      test: { kind: 'first', event: 'contribution', within: 'program' },
      benefit: { kind: 'badge', label: 'Pioneer' },
      repeatable: false,
    },
  ],
});

const DAY_MS = 86_400_000;
const publish = (body: unknown) => api.mutate('policies.publish', { policy: body });

const api = useApi();

beforeAll(async () => {
  expect((await publish(policyToJson(policy))).status).toBe(200);
  ann = { id: (await api.member('ann')).id, externalId: 'ann' };
  const program = playedProgram(api.database, api.programId);
  for (const days of [1, 0]) await doAct(program, ann, { at: new Date(Date.now() - days * DAY_MS) });
});

const get = async (memberId = ann.id) => (await api.query('points.get', { memberId })).data;

describe('a member’s points', () => {
  it('show what there is to spend, all there ever was, the level, the next, and what expires', async () => {
    expect(await get()).toMatchObject({
      unit: 'PTS',
      available: { minor: '20', unit: 'PTS' },
      lifetime: { minor: '20', unit: 'PTS' },
      level: { id: 'bronze', name: 'Bronze', from: 20 },
      next: { id: 'silver', from: 50, missing: { minor: '30', unit: 'PTS' } },
      nextExpiry: { amount: { minor: '10', unit: 'PTS' } },
    });
  });

  it('of one who never had any are nothing, on no level', async () => {
    const { id } = await api.member();
    expect(await get(id)).toMatchObject({
      lifetime: { minor: '0' },
      level: null,
      next: { id: 'bronze' },
      nextExpiry: null,
    });
  });

  it('that have expired are not there to spend, whether or not that is booked yet', async () => {
    const member = { id: (await api.member('old')).id, externalId: 'old' };
    const program = playedProgram(api.database, api.programId);
    await doAct(program, member, { at: new Date(Date.now() - 31 * DAY_MS) });
    expect(await get(member.id)).toMatchObject({
      available: { minor: '0' },
      lifetime: { minor: '10' },
      nextExpiry: null,
    });
  });

  it('are listed page by page, the newest first, each with its rule', async () => {
    const first = (await api.query('points.history', { memberId: ann.id, limit: 1 })).data;
    expect(first.items).toMatchObject([{ source: 'rule', ruleId: 'contribution', amount: { minor: '10' } }]);
    const rest = (await api.query('points.history', { memberId: ann.id, cursor: first.nextCursor })).data;
    expect(rest.items).toHaveLength(1);
    expect(rest.nextCursor).toBeNull();
  });

  it('are explained: rule, version, facts and checks', async () => {
    const [posting] = (await api.query('points.history', { memberId: ann.id })).data.items;
    const why = (await api.query('explain.points', { id: posting.id })).data;
    expect(why.sentences[0]).toContain('“contribution” of policy version 2 gave 10 points');
    expect(why.trace.steps.map(({ step }: { step: string }) => step)).toEqual([
      'program_live',
      'points',
      'cap',
    ]);
    const event = (await api.query('explain.event', { id: posting.eventId })).data;
    expect(event.sentences.join(' ')).toContain('gave the actor 10 points');
  });

  it('have achievements whose progress can be followed', async () => {
    const { achievements } = (await api.query('points.progress', { memberId: ann.id })).data;
    expect(achievements).toMatchObject([
      { id: 'streak', reached: '2', target: '3', unit: 'days', awards: 0, lastAt: null },
      { id: 'pioneer', reached: '1', target: '1', awards: 1, taken: true },
    ]);
  });
});

describe('an operator', () => {
  const adjust = (change: object) =>
    api.mutate('points.adjust', {
      memberId: ann.id,
      direction: 'add',
      amount: { minor: '40', unit: 'PTS' },
      note: 'for the talk',
      ...change,
    });

  it('gives and takes points by hand, level included, and is on record for it', async () => {
    const added = await adjust({});
    expect(added.data).toMatchObject({ source: 'operator', amount: { minor: '40' } });
    expect(await get()).toMatchObject({ lifetime: { minor: '60' }, level: { id: 'silver' } });
    const taken = await adjust({ direction: 'take', note: 'the talk was cancelled' });
    expect(taken.data).toMatchObject({ amount: { minor: '-40' } });
    expect(await get()).toMatchObject({ available: { minor: '20' }, level: { id: 'bronze' } });
    const audit = await api.db.auditEntry.findMany({ where: { action: 'points.adjusted' } });
    expect(audit).toHaveLength(2);
  });

  it('cannot take more than there is', () =>
    expectRefused(api, () => adjust({ direction: 'take', amount: { minor: '21', unit: 'PTS' } }), {
      status: 422,
      code: 'insufficient_balance',
    }));

  it('cannot move points of another unit', () =>
    expectRefused(api, () => adjust({ amount: { minor: '1', unit: 'USD' } }), {
      status: 422,
      code: 'unit_mismatch',
    }));

  it('needs the scope for it', async () => {
    const { token } = await api.key(['read', 'members:write']);
    const input = { memberId: ann.id, direction: 'add', amount: { minor: '1', unit: 'PTS' }, note: 'x' };
    await expectRefused(api, () => api.mutate('points.adjust', input, { key: token }), {
      status: 403,
      code: 'scope_missing',
    });
  });
});

describe('what is not there', () => {
  it('is refused: an unknown member, another program’s, and a policy without points', async () => {
    const other = await api.program();
    const unknown = { status: 404, code: 'member_unknown' };
    for (const procedure of ['points.get', 'points.history', 'points.progress']) {
      await expectRefused(api, () => api.query(procedure, { memberId: newId() }), unknown);
      await expectRefused(api, () => api.query(procedure, { memberId: ann.id }, { key: other.key }), unknown);
    }
    const [posting] = (await api.query('points.history', { memberId: ann.id })).data.items;
    const notFound = { status: 404, code: 'not_found' };
    await expectRefused(
      api,
      () => api.query('explain.points', { id: posting.id }, { key: other.key }),
      notFound,
    );
    const bob = await api.mutate('members.upsert', { externalId: 'bob' }, { key: other.key });
    await expectRefused(
      api,
      () => api.query('points.get', { memberId: bob.data.id }, { key: other.key }),
      notFound,
    );
  });
});

describe('a policy', () => {
  const levels = [100, 50].map((from) => ({ id: `l${from}`, name: 'A level', from }));

  it('whose thresholds go down is refused, and the one in force stays', async () => {
    const wrong = policyToJson({ ...policy, points: testPoints({ levels }) });
    await expectRefused(api, () => publish(wrong), { status: 422, code: 'policy_invalid' });
  });

  it('makes its program engage its members, and one without points lets it rest', async () => {
    const engages = async () =>
      (await api.db.program.findUniqueOrThrow({ where: { id: api.programId } })).engages;
    expect(await engages()).toBe(true);
    const { points: _, ...without } = policy;
    await publish(policyToJson(without));
    expect(await engages()).toBe(false);
  });
});
