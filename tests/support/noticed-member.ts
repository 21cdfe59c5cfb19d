import { useDatabase } from './database.ts';
import { testNotices } from './notices.ts';
import { useActivities } from './play.ts';
import { seedMember, seedProgram, testPolicy } from './seed.ts';

export const NOW_MS = Date.parse('2026-06-10T21:30:00Z');

/** A database, and programs whose member Ann is told things. */
export function useNoticedMember() {
  const database = useDatabase();
  const activities = useActivities(database);
  async function world(notices = testNotices()) {
    const { db } = database;
    const programId = await seedProgram(db, testPolicy({ notices }));
    const { id: memberId } = await seedMember(db, programId, 'ann', 'ann@example.com');
    const tell = (eventIds: readonly string[], now_ms = NOW_MS) =>
      activities.tellMember({ programId, memberId, eventIds, now_ms });
    const notices_ = () => db.notice.findMany({ where: { programId }, include: { email: true } });
    const eventOf = (id: string) =>
      db.event.findUniqueOrThrow({ where: { programId_id: { programId, id } } });
    return { db, programId, memberId, tell, notices: notices_, eventOf };
  }

  return { database, activities, world };
}
