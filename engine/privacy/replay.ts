import type { Database } from '../../prisma/client.ts';
import { inTransaction } from '../transaction.ts';
import { addMarks, markOf } from './do-not-track.ts';
import { eraseMember } from './erase.ts';
import type { ListedErasure } from './kept-list.ts';
import type { PrivacySettings } from './steps/step.ts';

/** What came of each erasure of a kept list. */
export interface Replayed {
  /** Erased anew. */
  readonly erased: number;
  /** On record already, to its end or on its way. */
  readonly done: number;
  /** Of a program or a member that the database does not have; the do-not-track list has them. */
  readonly absent: number;
  /** Members whom a redemption under way keeps from being erased: ids. */
  readonly left: readonly string[];
}

/** Whether a worker will end what a command began: of what a replay began, there is no command. */
const isUnderWay = async (db: Database, programId: string, eventId: string): Promise<boolean> =>
  (await db.event.count({ where: { programId, id: eventId, state: { not: 'decided' } } })) > 0;

/**
 * Whether a database knows of an erasure: it has ended here, or its command is there to end it, and its marks
 * are on the list.
 */
async function isKnown(db: Database, { programId, memberId, marks }: ListedErasure): Promise<boolean> {
  const where = { programId_memberId: { programId, memberId } };
  if ((await db.program.count({ where: { id: programId } })) === 0) return true;
  const hashes = marks.map(({ hash }) => hash);
  const listed = await db.doNotTrack.count({ where: { programId, hash: { in: hashes } } });
  // A mailbox may have been taken off the list since.
  const ids = marks.filter(({ kind }) => kind === 'external_id').length;
  if (listed < ids) return false;
  const row = await db.erasure.findUnique({ where, select: { eventId: true, endedAt: true } });
  if (row !== null) return row.endedAt !== null || (await isUnderWay(db, programId, row.eventId));
  return (await db.member.count({ where: { programId, id: memberId } })) === 0;
}

/** Erasures of a kept list that a database does not know of: a backup of before them was restored. */
export async function lostErasures(
  db: Database,
  erasures: readonly ListedErasure[],
): Promise<ListedErasure[]> {
  const lost: ListedErasure[] = [];
  for (const erasure of erasures) if (!(await isKnown(db, erasure))) lost.push(erasure);
  return lost;
}

/**
 * Applies a kept list to a database that was restored: puts what members were known by on the do-not-track
 * list, and erases those who are there again. May be stopped at any time and run again.
 */
export async function replayErasures(
  db: Database,
  settings: PrivacySettings,
  erasures: readonly ListedErasure[],
  now_ms: number,
): Promise<Replayed> {
  const counts = { erased: 0, done: 0, absent: 0 };
  const left: string[] = [];
  for (const erasure of erasures) {
    const came = (await isKnown(db, erasure)) ? 'done' : await replay(db, settings, erasure, now_ms);
    if (came === 'left') left.push(erasure.memberId);
    else counts[came] += 1;
  }
  return { ...counts, left };
}

/**
 * Throws where the member's own id has none of the hashes that the list has of it: with another secret the
 * do-not-track list would know nobody.
 */
async function requireSecret(
  db: Database,
  { hashSecret }: PrivacySettings,
  { programId, memberId, marks }: ListedErasure,
): Promise<void> {
  const listed = marks.filter(({ kind }) => kind === 'external_id').map(({ hash }) => hash);
  const where = { programId_id: { programId, id: memberId } };
  const member = await db.member.findUnique({ where, select: { externalId: true, erasedAt: true } });
  if (member === null || member.erasedAt !== null || listed.length === 0) return;
  const { hash } = markOf(hashSecret, programId, 'external_id', member.externalId);
  if (!listed.includes(hash)) throw new Error('HASH_SECRET is not the one with which the list was made');
}

async function replay(
  db: Database,
  settings: PrivacySettings,
  erasure: ListedErasure,
  now_ms: number,
): Promise<'erased' | 'absent' | 'left'> {
  await requireSecret(db, settings, erasure);
  const { programId, memberId, eventId, badges, marks } = erasure;
  const transactor = { db, countDecision: () => undefined };
  await inTransaction(transactor, (tx) => addMarks(tx, { programId, memberId }, marks));
  if ((await db.member.count({ where: { programId, id: memberId } })) === 0) return 'absent';
  const ref = { programId, memberId, eventId, badges, now_ms };
  for (;;) {
    const done = await inTransaction(transactor, (tx) => eraseMember(tx, settings, ref));
    if (!done.ok) return 'left';
    if (done.value !== 'more') return 'erased';
  }
}

/** Every erasure that a database has, as a kept list has them: to keep it elsewhere. */
export async function erasuresOn(db: Database): Promise<ListedErasure[]> {
  const rows = await db.erasure.findMany({ orderBy: [{ begunAt: 'asc' }, { memberId: 'asc' }] });
  return await Promise.all(
    rows.map(async ({ programId, memberId, eventId, badges, begunAt }) => {
      const kind = { in: ['external_id', 'mailbox'] };
      const where = { programId, memberId, kind };
      const marks = await db.doNotTrack.findMany({ where, orderBy: { hash: 'asc' } });
      return {
        programId,
        memberId,
        eventId,
        badges: badges === 'keep' ? ('keep' as const) : ('revoke' as const),
        at: begunAt.toISOString(),
        marks: marks.map((mark) => ({ kind: mark.kind as 'external_id' | 'mailbox', hash: mark.hash })),
      };
    }),
  );
}
