import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { type Answer, useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';
import { inputNaming, NAMINGS, type Naming, seedEverything } from './tenancy-harness.ts';

const api = useApi();
let ours: Awaited<ReturnType<typeof seedEverything>>;
let theirs: typeof ours;
const notFound = { status: 404, code: 'not_found' };

beforeAll(async () => {
  [ours, theirs] = [await seedEverything(api), await seedEverything(api)];
});

const nameOf = ({ operation, field }: Naming) => `${operation.id} by ${field}`;
/** What an answer says, without what differs from request to request. */
const said = ({ status, code, message, data }: Answer) => JSON.stringify({ status, code, message, data });

/** What our key is answered that names `id`, and things of ours beside it. */
async function answerTo(naming: Naming, id: string): Promise<string> {
  const { procedure, isChange } = naming.operation;
  const input = inputNaming(naming, id, ours.ids);
  const ask = isChange ? api.mutate : api.query;
  return said(await ask(procedure, input, { key: ours.key }));
}

describe('an id of another program', () => {
  it('is answered by every procedure, in every field, as one that does not exist', async () => {
    const answers = await Promise.all(
      NAMINGS.map(async (naming) => {
        const absent = await answerTo(naming, newId());
        return [naming, absent, await answerTo(naming, theirs.ids.get(naming.table) ?? '')] as const;
      }),
    );
    expect(answers.length).toBeGreaterThan(80);
    const otherwise = answers.filter(([, absent, foreign]) => absent !== foreign);
    expect(otherwise.map(([naming, ...both]) => [nameOf(naming), ...both])).toEqual([]);
    // Last, because it changes what is ours: an id of ours is answered otherwise, so what was refused above
    // was the id, and not something that comes before it.
    const isSame = async ([naming, absent]: (typeof answers)[number]) =>
      (await answerTo(naming, ours.ids.get(naming.table) ?? '')) === absent ? [naming.operation.id] : [];
    const [changes, reads] = [true, false].map((isChange) =>
      answers.filter(([naming]) => naming.operation.isChange === isChange),
    );
    const same = await Promise.all((reads ?? []).map(isSame));
    const isLast = ({ operation }: Naming) => Number(['removeWebhook', 'eraseMember'].includes(operation.id));
    for (const answer of (changes ?? []).toSorted(([a], [b]) => isLast(a) - isLast(b))) {
      same.push(await isSame(answer));
    }
    // Nobody there has a coupon or a milestone, or was erased.
    expect(new Set(same.flat())).toEqual(
      new Set(['revealCoupon', 'listMilestoneAwards', 'getMemberErasure']),
    );
  }, 120_000);

  it.each([
    'members.list',
    'links.list',
    'events.list',
    'referrals.list',
    'rewards.list',
    'redemptions.list',
  ])('%s of another program is empty, though this one has rows', async (procedure) => {
    const itemsOf = async (key: string) => (await api.query(procedure, undefined, { key })).data.items;
    expect((await itemsOf(ours.key)).length).toBeGreaterThan(0);
    expect(await itemsOf(api.programKey)).toEqual([]);
  });

  it('the header x-program-id does not lead a program’s key elsewhere', async () => {
    const send = () =>
      api.query('programs.get', undefined, { headers: { 'x-program-id': theirs.programId } });
    await expectRefused(api, send, notFound);
    const record = () =>
      api.mutate(
        'events.record',
        { key: 'k', type: 'purchase', subject: 's' },
        { headers: { 'x-program-id': theirs.programId } },
      );
    await expectRefused(api, record, notFound);
  });
});

describe('a platform key names its program', () => {
  it('and reads it', async () => {
    const headers = { 'x-program-id': theirs.programId };
    const answer = await api.query('programs.get', undefined, { key: api.platformKey, headers });
    expect(answer.data.id).toBe(theirs.programId);
  });

  it('or is refused', async () => {
    const missing = { status: 400, code: 'program_missing' };
    await expectRefused(api, () => api.query('programs.get', undefined, { key: api.platformKey }), missing);
  });

  it('and is told when there is none', async () => {
    for (const id of [newId(), 'not-a-uuid']) {
      const send = () =>
        api.query('programs.get', undefined, { key: api.platformKey, headers: { 'x-program-id': id } });
      await expectRefused(api, send, { status: 404, code: 'not_found' });
    }
  });
});
