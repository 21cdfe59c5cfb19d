import { describe, expect, it } from 'vitest';
import { beginErasureSql } from '../../tests/support/erasing.ts';
import { whileHeld } from '../../tests/support/held.ts';
import { useNoticedMember } from '../../tests/support/noticed-member.ts';
import { seedTold } from '../../tests/support/notices.ts';

const { database, world } = useNoticedMember();

describe('the database', () => {
  it('takes no notice of a member whose erasure began meanwhile; the next try decides without', async () => {
    const { programId, memberId, tell, notices, eventOf, db } = await world();
    const { eventId } = await seedTold(db, { programId, memberId });
    const erase = beginErasureSql(programId, memberId);
    const { told } = await whileHeld(database.ownerUrl, erase, async (waiters) => {
      const telling = tell([eventId]).then(
        () => 'told',
        (error: Error) => error.message,
      );
      await waiters(1);
      return { told: telling };
    });
    expect(await told).toContain('cannot be reached');
    await tell([eventId]);
    expect(await notices()).toEqual([]);
    expect(await eventOf(eventId)).toMatchObject({ state: 'decided', outcome: { trace: { notice: null } } });
  });

  it('lets nobody change what a member was told, and no e-mail that was sent be queued again', async () => {
    const { db, programId, memberId, tell, notices } = await world();
    await tell([(await seedTold(db, { programId, memberId })).eventId]);
    const [notice] = await notices();
    const [id, createdAt] = [notice?.id ?? '', notice?.createdAt ?? new Date(0)];
    const where = { programId_id_createdAt: { programId, id, createdAt } };
    await expect(db.notice.update({ where, data: { kind: 'level.reached' } })).rejects.toThrow();
    await db.notice.update({ where, data: { readAt: new Date() } });
    const email = { programId_noticeId_createdAt: { programId, noticeId: id, createdAt } };
    const at = new Date();
    await expect(
      db.noticeEmail.update({ where: email, data: { state: 'sent', sentAt: at } }),
    ).rejects.toThrow();
    await db.noticeEmail.update({ where: email, data: { state: 'sent', sentAt: at, begunAt: at } });
    await expect(
      db.noticeEmail.update({ where: email, data: { state: 'pending', sentAt: null, begunAt: null } }),
    ).rejects.toThrow();
  });
});
