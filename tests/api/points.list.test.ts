import { beforeAll, expect, it } from 'vitest';
import { policyToJson } from '../../domain/policies/json.ts';
import { playedProgram, testActivities } from '../support/play.ts';
import { doAct, pointRule, pointsPolicy } from '../support/points.ts';
import { seedEvent } from '../support/seed.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';
import { useRest } from './rest-harness.ts';

const DAY_MS = 86_400_000;
const api = useApi();
const rest = useRest(api);
const policy = pointsPolicy({ rules: [pointRule({ expires_days: 30 })] });

interface Listed {
  readonly memberId: string;
  readonly externalId: string;
  readonly lifetime: { readonly minor: string };
}

/** By member, how many days ago they did what gives 10 points; Silver begins at 50, Bronze at 20. */
const DEEDS = { ann: [1, 2, 3, 4, 5], ben: [1, 2, 40], cat: [1, 2], dan: [1, 2], eve: [1] };

beforeAll(async () => {
  expect((await api.mutate('policies.publish', { policy: policyToJson(policy) })).status).toBe(200);
  const program = playedProgram(api.database, api.programId);
  for (const [externalId, days] of Object.entries(DEEDS)) {
    const member = { id: (await api.member(externalId)).id, externalId };
    for (const day of days) await doAct(program, member, { at: new Date(Date.now() - day * DAY_MS) });
  }
  await api.member('fay');
});

const list = async (input: object = {}) => (await api.query('points.list', input)).data;
const namesOf = ({ items }: { readonly items: readonly Listed[] }) => items.map((it) => it.externalId);

it('lists members by their lifetime points, each as points.get says of them', async () => {
  const { items, nextCursor } = await list();
  expect(nextCursor).toBeNull();
  expect(items.map(({ lifetime }: Listed) => lifetime.minor)).toEqual(['50', '30', '20', '20', '10']);
  for (const { externalId, ...listed } of items) {
    const { data } = await api.query('points.get', { externalId });
    expect(data).toMatchObject(listed);
  }
});

it('pages through them without a gap or a repeat, also among equals', async () => {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: Listed[]; nextCursor: string | null } = await list({ cursor, limit: 1 });
    seen.push(...namesOf(page));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(namesOf(await list()));
});

it('lists one level alone, and refuses one that the policy lacks', async () => {
  expect(namesOf(await list({ level: 'silver' }))).toEqual(['ann']);
  expect(namesOf(await list({ level: 'bronze' })).toSorted()).toEqual(['ben', 'cat', 'dan']);
  await expectRefused(api, () => api.query('points.list', { level: 'wood' }), {
    status: 404,
    code: 'not_found',
  });
});

it('leaves out who was merged into another, whose points it lists', async () => {
  const { db, programId, database } = api;
  const [memberId, intoMemberId] = [(await api.member('eve')).id, (await api.member('fay')).id];
  const payload = { actor: 'key:1', note: 'One person.', intoMemberId };
  const { id } = await seedEvent(db, programId, { type: 'member.merged', payload });
  await testActivities(database).decideMember({ programId, memberId, eventIds: [id], now_ms: Date.now() });
  expect(namesOf(await list())).toEqual(expect.arrayContaining(['fay']));
  expect(namesOf(await list())).not.toContain('eve');
});

it('refuses a cursor of another list', () =>
  expectRefused(api, () => api.query('points.list', { cursor: Buffer.from('x').toString('base64url') }), {
    status: 400,
    code: 'input_invalid',
  }));

it('answers over REST as over tRPC', async () => {
  const { body } = await rest.call('GET', '/points?limit=2');
  expect(body).toEqual(await list({ limit: 2 }));
});
