import { describe, expect, it } from 'vitest';
import type { Milestone } from '../../domain/milestones/policy.ts';
import { DAY_MS } from '../../domain/time.ts';
import { newId } from '../../platform/ids.ts';
import { NOW_MS, useNoticedMember } from '../../tests/support/noticed-member.ts';
import { seedTold, testNotices } from '../../tests/support/notices.ts';
import { publishPolicy, seedMember, seedProgram, testPolicy } from '../../tests/support/seed.ts';

const { database, activities, world } = useNoticedMember();

describe('telling a member', () => {
  it('makes a notice of a message, queues its e-mail, and decides the event', async () => {
    const { db, programId, memberId, tell, notices, eventOf } = await world();
    const { eventId, key, noticeId } = await seedTold(db, { programId, memberId });
    expect(await tell([eventId])).toEqual({ due_at_ms: null });
    const [notice, ...others] = await notices();
    expect(others).toEqual([]);
    expect(notice).toMatchObject({
      id: noticeId,
      memberId,
      kind: 'reward.available',
      key: `${key}:${memberId}`,
      inInbox: true,
      readAt: null,
      createdAt: new Date(NOW_MS),
      params: { amount: { minor: '1250', unit: 'USD' } },
      email: { state: 'pending', category: 'engagement', attempts: 0, dueAt: new Date(NOW_MS) },
    });
    expect(await eventOf(eventId)).toMatchObject({
      state: 'decided',
      outcome: { decision: 'accepted', trace: { notice: noticeId } },
    });
  });

  it('makes one notice however often the message comes or the step runs, also both at once', async () => {
    const { db, programId, memberId, tell, notices, eventOf } = await world();
    const first = await seedTold(db, { programId, memberId });
    const again = await seedTold(db, { programId, memberId, key: first.key });
    const ids = [first.eventId, again.eventId];
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => tell(index % 2 === 0 ? ids : ids.toReversed())),
    );
    await tell(ids, NOW_MS + DAY_MS);
    const all = await notices();
    expect(all).toHaveLength(1);
    expect(all[0]?.createdAt).toEqual(new Date(NOW_MS));
    expect((await Promise.all(ids.map(eventOf))).map(({ state }) => state)).toEqual(['decided', 'decided']);
  });

  it('tells two members of one message each once', async () => {
    const { db, programId, memberId, tell, notices } = await world();
    const bob = await seedMember(db, programId, 'bob');
    const message = { type: 'level.reached', payload: { to: 'gold' } } as const;
    const { eventId, key } = await seedTold(db, { programId, memberId, ...message });
    const other = await seedTold(db, { programId, memberId: bob.id, key, ...message });
    await tell([eventId]);
    await activities.tellMember({ programId, memberId: bob.id, eventIds: [other.eventId], now_ms: NOW_MS });
    expect((await notices()).map((it) => it.memberId).sort()).toEqual([memberId, bob.id].sort());
  });

  it('an e-mail of the night waits for the morning of the member’s time zone', async () => {
    const { db, programId, memberId, tell, notices } = await world(
      testNotices({ quiet_hours: { from: '22:00', to: '08:00' } }),
    );
    await db.member.update({
      where: { programId_id: { programId, id: memberId } },
      data: { timeZone: 'Europe/Berlin' },
    });
    await tell([(await seedTold(db, { programId, memberId })).eventId]);
    expect((await notices())[0]?.email?.dueAt).toEqual(new Date('2026-06-11T06:00:00Z'));
  });

  it('decides the event and tells nothing where the policy lacks the kind or switches it off', async () => {
    const { db, programId, memberId, tell, notices, eventOf } = await world(
      testNotices({ kinds: { 'reward.granted': { inbox: false, email: false } } }),
    );
    const told = [
      await seedTold(db, { programId, memberId }),
      await seedTold(db, {
        programId,
        memberId,
        type: 'reward.granted',
        payload: { kind: 'badge', label: 'Founder', status: 'available' },
      }),
    ];
    await tell(told.map(({ eventId }) => eventId));
    expect(await notices()).toEqual([]);
    for (const { eventId } of told) {
      expect(await eventOf(eventId)).toMatchObject({
        state: 'decided',
        outcome: { trace: { notice: null } },
      });
    }
  });

  it('decides the event and tells nothing for a kind that nobody hears of, or no message', async () => {
    const { db, programId, memberId, tell, notices, eventOf } = await world();
    const unknown = await seedTold(db, { programId, memberId, type: 'referral.closed' });
    const { id: lost } = await db.event.update({
      where: {
        programId_id: { programId, id: (await seedTold(db, { programId, memberId })).eventId },
      },
      data: { payload: { message: 'nothing' } },
    });
    await tell([unknown.eventId, lost]);
    expect(await notices()).toEqual([]);
    expect((await eventOf(unknown.eventId)).state).toBe('decided');
    expect((await eventOf(lost)).state).toBe('decided');
  });

  it('a program without the section tells nothing, and without an event asks no database', async () => {
    const { db } = database;
    const programId = await seedProgram(db);
    const { id: memberId } = await seedMember(db, programId, 'ann');
    const { eventId } = await seedTold(db, { programId, memberId });
    const ref = { programId, memberId, now_ms: NOW_MS };
    expect(await activities.tellMember({ ...ref, eventIds: [eventId] })).toEqual({ due_at_ms: null });
    expect(await activities.tellMember({ ...ref, eventIds: [] })).toEqual({ due_at_ms: null });
    expect(await db.notice.count({ where: { programId } })).toBe(0);
  });

  it('goes by the policy in force now, not by that of the message’s time', async () => {
    const { db, programId, memberId, tell, notices } = await world();
    const { eventId } = await seedTold(db, { programId, memberId });
    const kinds = { 'reward.available': { inbox: true, email: false } };
    await publishPolicy(db, programId, testPolicy({ notices: testNotices({ kinds }) }), 2);
    await tell([eventId]);
    expect(await notices()).toMatchObject([{ inInbox: true, email: null }]);
  });

  it('leaves other members’ events, other programs’ and other types alone', async () => {
    const { db, programId, memberId, tell, notices, eventOf } = await world();
    const bob = await seedMember(db, programId, 'bob');
    const his = await seedTold(db, { programId, memberId: bob.id });
    const other = await world();
    const foreign = await seedTold(other.db, other);
    await tell([his.eventId, foreign.eventId]);
    expect(await notices()).toEqual([]);
    expect((await eventOf(his.eventId)).state).toBe('pending');
    expect((await other.eventOf(foreign.eventId)).state).toBe('pending');
    expect(memberId).not.toBe(bob.id);
  });

  it('keeps the name that a season had when the member was told', async () => {
    const { db, programId, memberId, tell, notices } = await world();
    const boardId = newId();
    const seasonId = newId();
    await db.board.create({
      data: {
        programId,
        id: boardId,
        slug: 'best',
        name: 'Best',
        metric: 'qualified_referrals',
        period: 'season',
      },
    });
    const startsAt = new Date(NOW_MS - 2 * DAY_MS);
    const endsAt = new Date(NOW_MS);
    await db.boardWindow.create({
      data: {
        programId,
        id: seasonId,
        boardId,
        key: 'season:1',
        name: 'Spring',
        startsAt,
        endsAt,
        closesAt: endsAt,
      },
    });
    const amount = { minor: '900', unit: 'USD' };
    const payload = { seasonId, rank: 2, memberId, kind: 'credit', label: null, amount } as const;
    const { eventId } = await seedTold(db, { programId, memberId, type: 'season.prize_awarded', payload });
    await tell([eventId]);
    expect((await notices())[0]?.params).toMatchObject({ season: 'Spring', rank: 2, benefit: 'credit' });
  });

  it('names a milestone as the policy does', async () => {
    const { db, programId, memberId, tell, notices } = await world();
    const milestone: Milestone = {
      id: 'ten',
      name: 'Ten friends',
      recipient: 'referrer',
      measure: 'qualified_referrals',
      thresholds: [{ at: 10, benefit: { kind: 'perk', label: 'Early access' } }],
      repeat: 'once',
      hold_days: 0,
      expires_days: null,
      reversible: false,
    };
    await publishPolicy(db, programId, testPolicy({ notices: testNotices(), milestones: [milestone] }), 2);
    const type = 'milestone.reached';
    const { eventId } = await seedTold(db, { programId, memberId, type, payload: { milestoneId: 'ten' } });
    await tell([eventId]);
    expect((await notices())[0]?.params).toEqual({ milestoneId: 'ten', milestone: 'Ten friends' });
  });
});

describe('what a survey led to', () => {
  it('is told with the title that the operator gave it', async () => {
    const { db, programId, memberId, tell, notices } = await world();
    const id = newId();
    await db.improvement.create({
      data: { programId, id, title: 'Faster payouts', description: 'In a day.', madeBy: 'key:1' },
    });
    const { eventId } = await seedTold(db, {
      programId,
      memberId,
      type: 'improvement.made',
      payload: { improvementId: id, memberId },
    });
    await tell([eventId]);
    expect((await notices())[0]?.params).toEqual({ improvementId: id, improvement: 'Faster payouts' });
  });
});
