import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PROGRAM_TTL_MS } from '../../api/cache/programs.ts';
import { setBudget } from '../../ledger/post.ts';
import { actionsOn } from './audit.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
const HOUR_MS = 3_600_000;
const ahead = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
const event = (type: string) => ({
  key: randomUUID(),
  type,
  subject: randomUUID(),
  ...(type === 'refund' && { refundOf: 'x' }),
});

describe('the life of a program', () => {
  it('begins as a draft that is started by hand, and every step is on record', async () => {
    const { key, programId } = await api.program({ draft: true });
    const step = (name: string) => api.mutate(`programs.${name}`, undefined, { key });
    expect((await api.query('programs.get', undefined, { key })).data).toMatchObject({ status: 'draft' });
    await expectRefused(api, () => step('resume'), { status: 409, code: 'stage_forbids' });
    expect((await step('start')).data).toMatchObject({
      status: 'live',
      statusBy: expect.stringMatching(/^key:/),
    });
    expect((await step('start')).data).toMatchObject({ status: 'live' });
    expect((await step('pause')).data).toMatchObject({ status: 'paused' });
    await expectRefused(api, () => step('start'), { status: 409, code: 'stage_forbids' });
    expect((await step('end')).data).toMatchObject({ status: 'ended' });
    for (const name of ['start', 'pause', 'resume']) {
      await expectRefused(api, () => step(name), { status: 409, code: 'program_ended' });
    }
    const told = await api.db.outbox.findMany({ where: { programId }, orderBy: { id: 'asc' } });
    expect(told.map(({ type }) => type)).toEqual(['program.started', 'program.paused', 'program.ended']);
  });

  it('follows its schedule to the moment, whether or not anybody has written it down yet', async () => {
    const { key, programId } = await api.program({ startsAt: ahead(1), endsAt: ahead(3) });
    const get = async () => (await api.query('programs.get', undefined, { key })).data;
    expect(await get()).toMatchObject({ status: 'draft', startsAt: expect.any(String) });
    const moved = await api.mutate('programs.schedule', { startsAt: ahead(2), endsAt: null }, { key });
    expect(moved.data).toMatchObject({ status: 'draft', endsAt: null });
    await api.db.program.update({
      where: { id: programId },
      data: { startsAt: new Date(Date.now() - 1_000) },
    });
    expect(await get()).toMatchObject({ status: 'live' });
    // An operator's step comes after the one that time has brought.
    expect((await api.mutate('programs.pause', undefined, { key })).data).toMatchObject({ status: 'paused' });
    const told = await api.db.outbox.findMany({ where: { programId }, orderBy: { id: 'asc' } });
    expect(told.map(({ type }) => type)).toEqual(['program.started', 'program.paused']);
    expect(await actionsOn(api, undefined, { key })).toEqual([
      'program.pause',
      'program.start',
      'program.scheduled',
      'program.created',
    ]);
  });

  it.each([
    ['an end before the start', { startsAt: ahead(3), endsAt: ahead(2) }, 400, 'program_ends_before_start'],
    ['a start in the past', { startsAt: ahead(-1) }, 400, 'schedule_in_past'],
    ['an end in the past', { endsAt: ahead(-1) }, 400, 'schedule_in_past'],
    ['no time at all', {}, 400, 'input_invalid'],
    ['no time of day', { endsAt: '2030-01-01' }, 400, 'input_invalid'],
  ])('refuses %s', async (_what, input, status, code) => {
    const { key } = await api.program({ draft: true });
    await expectRefused(api, () => api.mutate('programs.schedule', input, { key }), { status, code });
  });

  it('refuses another start of what has begun, and any time of what has ended', async () => {
    const { key } = await api.program();
    const schedule = (input: object) => () => api.mutate('programs.schedule', input, { key });
    await expectRefused(api, schedule({ startsAt: ahead(1) }), { status: 409, code: 'stage_forbids' });
    await api.mutate('programs.end', undefined, { key });
    await expectRefused(api, schedule({ endsAt: ahead(1) }), { status: 409, code: 'program_ended' });
  });

  it('refuses to be created with its times the wrong way round', async () => {
    const input = { slug: 'wrong-way', name: 'Shop', defaultDestination: 'https://shop.example/' };
    const create = () =>
      api.mutate(
        'programs.create',
        { ...input, startsAt: ahead(3), endsAt: ahead(2) },
        { key: api.platformKey },
      );
    await expectRefused(api, create, { status: 400, code: 'program_ends_before_start' });
  });
});

describe('what a program takes', () => {
  const TAKES = {
    draft: { signup: false, purchase: false, refund: false, invitation: false, click: 'inactive' },
    live: { signup: true, purchase: true, refund: true, invitation: true, click: 'recorded' },
    paused: { signup: true, purchase: true, refund: true, invitation: false, click: 'inactive' },
    ended: { signup: false, purchase: true, refund: true, invitation: false, click: 'inactive' },
  } as const;

  it.each(Object.entries(TAKES))('when it is %s', async (status, takes) => {
    const { key, programId } = await api.program({ draft: status === 'draft' });
    const member = await api.mutate('members.upsert', { externalId: 'ann' }, { key });
    if (status === 'paused') await api.mutate('programs.pause', undefined, { key });
    if (status === 'ended') await api.mutate('programs.end', undefined, { key });
    for (const type of ['signup', 'purchase', 'refund'] as const) {
      const send = () => api.mutate('events.record', event(type), { key });
      if (takes[type]) expect((await send()).data).toMatchObject({ status: 'accepted' });
      else await expectRefused(api, send, { status: 409, code: 'program_not_live' });
    }
    const batch = await api.mutate(
      'events.recordBatch',
      { events: [event('signup'), event('purchase')] },
      { key },
    );
    expect(batch.data.results.map(({ ok }: { ok: boolean }) => ok)).toEqual([takes.signup, takes.purchase]);
    const invite = () => api.mutate('invitations.create', { memberId: member.data.id }, { key });
    if (takes.invitation) expect((await invite()).status).toBe(200);
    else await expectRefused(api, invite, { status: 409, code: 'program_not_live' });
    const before = await api.clicks(takes.click);
    const agent = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' };
    expect((await api.send(`/r/${member.data.referralCode}`, { headers: agent })).status).toBe(302);
    expect(await api.clicks(takes.click)).toBe(before + 1);
    expect(await api.db.touch.count({ where: { programId } })).toBe(takes.click === 'recorded' ? 1 : 0);
  });

  it('a signup that came before the end is answered as before when it is sent again after it', async () => {
    const { key } = await api.program();
    const signup = event('signup');
    const first = await api.mutate('events.record', signup, { key });
    await api.mutate('programs.end', undefined, { key });
    expect((await api.mutate('events.record', signup, { key })).data).toMatchObject({
      eventId: first.data.eventId,
      replayed: true,
    });
  });

  it('changes at the moment that its schedule says', async () => {
    const { key, programId } = await api.program();
    await api.db.program.update({ where: { id: programId }, data: { endsAt: new Date(Date.now() - 1) } });
    api.advance(PROGRAM_TTL_MS);
    const send = () => api.mutate('events.record', event('signup'), { key });
    await expectRefused(api, send, { status: 409, code: 'program_not_live' });
  });
});

it('programs.get says how far a budget is used, in per cent, and nothing of one without a cap', async () => {
  const { key, programId } = await api.program();
  const budgets = async () => (await api.query('programs.get', undefined, { key })).data.budgets;
  expect(await budgets()).toEqual([]);
  await api.db.$transaction((tx) => setBudget(tx, programId, 'USD', 5_000n));
  expect(await budgets()).toEqual([
    {
      unit: 'USD',
      used: { minor: '0', unit: 'USD' },
      cap: { minor: '5000', unit: 'USD' },
      percent: 0,
      warnedAt: null,
      exhaustedAt: null,
    },
  ]);
});
