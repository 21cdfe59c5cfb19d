import { describe, expect, test } from 'vitest';
import { PROGRAM_STATUSES, type ProgramStatus, statusAt } from '../../domain/programs/program.ts';
import { useDatabase } from '../../tests/support/database.ts';
import {
  at,
  DAY_MS,
  type ProgramPlay,
  playProgram,
  T0,
  T0_MS,
  useActivities,
} from '../../tests/support/play.ts';
import { fixedPolicy, seedRedemption, testPolicy, usd } from '../../tests/support/seed.ts';

const database = useDatabase();
const activities = useActivities(database);
/** Ann has referred bob, who has signed up; on qualifying she gets 5.00 on hold for ten days. */
async function open(): Promise<{ program: ProgramPlay; ann: { id: string; code: string } }> {
  const program = await playProgram(database, activities, fixedPolicy(500n, 10));
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  return { program, ann };
}

const put = (program: ProgramPlay, status: ProgramStatus, statusAt_ = new Date()) =>
  program.db.program.update({ where: { id: program.id }, data: { status, statusAt: statusAt_ } });

const told = async (programId: string) =>
  (
    await database.db.outbox.findMany({
      where: { programId, subject: `program:${programId}` },
      orderBy: { id: 'asc' },
    })
  ).map(({ type }) => type);

test('the database’s rule of time is the domain’s, for every status and order of times', async () => {
  const moments = [null, 1_000, 2_000, 3_000];
  const cases = PROGRAM_STATUSES.flatMap((status) =>
    moments.flatMap((starts_at_ms) =>
      moments.flatMap((ends_at_ms) =>
        [1_000, 2_000].map((now_ms) => ({ status, starts_at_ms, ends_at_ms, now_ms })),
      ),
    ),
  );
  const rows = await database.db.$queryRaw<{ status: ProgramStatus }[]>`
    SELECT program_status_at(c.status::program_status,
        to_timestamp(c.starts_at_ms / 1000.0), to_timestamp(c.ends_at_ms / 1000.0),
                             to_timestamp(c.now_ms / 1000.0))::text AS status
    FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(cases)}::jsonb)
      AS (status text, starts_at_ms int, ends_at_ms int, now_ms int))
      WITH ORDINALITY AS c(status, starts_at_ms, ends_at_ms, now_ms, nth)
    ORDER BY c.nth`;
  expect(rows.map(({ status }) => status)).toEqual(cases.map((one) => statusAt(one, one.now_ms)));
});

describe('when its times come', () => {
  const plan = async (data: { status?: ProgramStatus; startsAt?: Date; endsAt?: Date }) => {
    const program = await playProgram(database, activities, testPolicy());
    await program.db.program.create({
      data: {
        id: crypto.randomUUID(),
        slug: `other-${program.id}`,
        name: 'Another',
        allowedHosts: [],
        defaultDestination: 'https://example.com/',
        startsAt: at(50),
        status: 'draft',
      },
    });
    const { id } = await database.db.program.create({
      data: {
        id: crypto.randomUUID(),
        slug: `planned-${program.id}`,
        name: 'Planned',
        allowedHosts: [],
        defaultDestination: 'https://example.com/',
        ...data,
      },
    });
    return id;
  };
  const read = (id: string) => database.db.program.findUniqueOrThrow({ where: { id } });

  test('a draft goes live and later ends, each at its moment, once, audited and told', async () => {
    const id = await plan({ status: 'draft', startsAt: at(1), endsAt: at(9) });
    expect(await activities.applyProgramTimes({ now_ms: at(1).getTime() - 1 })).toEqual({
      started: 0,
      ended: 0,
    });
    expect(await activities.applyProgramTimes({ now_ms: at(2).getTime() })).toEqual({ started: 1, ended: 0 });
    expect(await read(id)).toMatchObject({ status: 'live', statusAt: at(1), statusBy: 'schedule' });
    expect(await activities.applyProgramTimes({ now_ms: at(10).getTime() })).toEqual({
      started: 0,
      ended: 1,
    });
    expect(await activities.applyProgramTimes({ now_ms: at(11).getTime() })).toEqual({
      started: 0,
      ended: 0,
    });
    expect(await read(id)).toMatchObject({ status: 'ended', statusAt: at(9), statusBy: 'schedule' });
    expect(await told(id)).toEqual(['program.started', 'program.ended']);
    const log = await database.db.auditEntry.findMany({ where: { programId: id }, orderBy: { id: 'asc' } });
    expect(log.map(({ action, actor }) => [action, actor])).toEqual([
      ['program.start', 'schedule'],
      ['program.end', 'schedule'],
    ]);
  });

  test('an outage over start and end is made up for: both happen, in order, and both are told', async () => {
    const id = await plan({ status: 'draft', startsAt: at(1), endsAt: at(9) });
    expect(await activities.applyProgramTimes({ now_ms: at(40).getTime() })).toEqual({
      started: 1,
      ended: 1,
    });
    expect(await told(id)).toEqual(['program.started', 'program.ended']);
  });

  test('five runs at once take each step once', async () => {
    const ids = [await plan({ endsAt: at(1) }), await plan({ status: 'draft', startsAt: at(1) })];
    const runs = await Promise.all(
      Array.from({ length: 5 }, () => activities.applyProgramTimes({ now_ms: at(2).getTime() })),
    );
    expect(runs.reduce((sum, { started, ended }) => sum + started + ended, 0)).toBe(2);
    expect(await Promise.all(ids.map(told))).toEqual([['program.ended'], ['program.started']]);
  });

  test('an end during a pause lets the events go on that wait for its end', async () => {
    const { program } = await open();
    await put(program, 'paused');
    await program.db.program.update({ where: { id: program.id }, data: { endsAt: at(3) } });
    const waiting = await program.act('bob', { at: at(2), value: usd(900n) });
    expect(waiting.state).toBe('waiting');
    await activities.applyProgramTimes({ now_ms: at(4).getTime() });
    const { dueAt } = await program.db.event.findUniqueOrThrow({
      where: { programId_id: { programId: program.id, id: waiting.id } },
    });
    expect(dueAt.getTime()).toBe(0);
    expect((await program.again(waiting, 'bob', at(4).getTime())).outcome.rewards).toMatchObject([
      { granted: true },
    ]);
  });

  test('nobody makes a program live again that has ended, nor a draft of one that has begun', async () => {
    const id = await plan({ status: 'ended' });
    const to = (status: ProgramStatus, of: string) =>
      database.db.program.update({ where: { id: of }, data: { status } });
    await expect(to('live', id)).rejects.toThrow(/constraint violated/);
    const live = await plan({});
    await expect(to('draft', live)).rejects.toThrow(/constraint violated/);
  });
});

describe('while a program is paused,', () => {
  test('what was handed over before is set back to wait, and nothing else changes', async () => {
    const { program, ann } = await open();
    const bought = await program.act('bob', { at: T0 });
    await put(program, 'paused');
    const before = await program.balance(ann.id);
    const came = [
      await program.signUp('cid', { code: ann.code }),
      await program.act('bob', { at: at(1) }),
      await program.refund('bob', bought.key, { at: at(1) }),
    ];
    for (const { state, outcome } of came) expect([state, outcome]).toEqual(['waiting', null]);
    expect(await program.balance(ann.id)).toEqual(before);
    await put(program, 'live');
    const now_ms = at(2).getTime();
    expect((await program.again(came[0] ?? bought, 'cid', now_ms)).outcome).toMatchObject({
      decision: 'accepted',
    });
    expect((await program.again(came[2] ?? bought, 'bob', now_ms)).outcome).toMatchObject({
      decision: 'accepted',
    });
  });

  test('an operator’s word on a review waits, and holds go on to their end', async () => {
    const { program, ann } = await open();
    await program.act('bob', { at: T0 });
    await put(program, 'paused');
    expect(await program.review('bob', 'approved')).toMatchObject({ state: 'waiting', outcome: null });
    await program.mature('bob', T0_MS + 10 * DAY_MS);
    expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n, pending_minor: 0n });
  });

  test('a deadline is put off by a day, so that what waited for it is not late', async () => {
    const { program } = await open();
    await put(program, 'paused');
    const deadline_ms = at(90).getTime();
    const purchase = await program.act('bob', { at: at(89), now_ms: at(89).getTime() });
    expect(await program.end('bob', deadline_ms)).toMatchObject({
      stage: 'signed_up',
      due_at_ms: deadline_ms + DAY_MS,
    });
    await put(program, 'live');
    const decided = await program.again(purchase, 'bob', deadline_ms + 1_000);
    expect(decided.outcome).toMatchObject({ decision: 'accepted', stage: 'qualified' });
  });
});

describe('after a program’s end,', () => {
  const ended = async () => {
    const { program, ann } = await open();
    const bought = await program.act('bob', { at: T0 });
    await program.signUp('cid', { code: ann.code });
    await put(program, 'ended', new Date());
    return { program, ann, bought };
  };

  test('a referral that had begun still qualifies and earns, matures, and is refunded', async () => {
    const { program, ann, bought } = await ended();
    expect((await program.act('cid', { at: at(1) })).outcome).toMatchObject({ rewards: [{ granted: true }] });
    await program.mature('cid', at(11).getTime());
    expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n, pending_minor: 500n });
    expect((await program.refund('bob', bought.key, { at: at(2) })).outcome).toMatchObject({
      decision: 'accepted',
    });
    expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n, pending_minor: 0n });
  });

  test('what was earned is redeemed', async () => {
    const { program, ann } = await ended();
    await program.mature('bob', at(11).getTime());
    const { id, eventId } = await seedRedemption(program.db, program.id, ann.id, { minor: 500n });
    const ref = { programId: program.id, redemptionId: id, eventId, now_ms: at(12).getTime() };
    expect(await activities.reserveRedemption(ref)).toMatchObject({ status: 'paying' });
    expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, reserved_minor: 500n });
  });

  test('a signup from before the end is decided as then, and one from after it is refused', async () => {
    const { program, ann } = await open();
    const early = await program.signUp('dan', { code: ann.code });
    await put(program, 'ended', new Date(Date.now() + 60_000));
    expect((await program.signUp('eve', { code: ann.code })).outcome).toMatchObject({ decision: 'accepted' });
    expect(early.outcome).toMatchObject({ decision: 'accepted' });
    await program.db.program.update({
      where: { id: program.id },
      data: { statusAt: new Date(Date.now() - 60_000) },
    });
    expect((await program.signUp('fay', { code: ann.code })).outcome).toMatchObject({
      decision: 'refused',
      code: 'program_not_live',
    });
  });
});
