import { markOf } from '../../engine/privacy/do-not-track.ts';
import { eraseReported } from '../../engine/privacy/steps/events.ts';
import { inTransaction, type Transactor } from '../../engine/transaction.ts';
import type { Database } from '../../prisma/client.ts';
import type { ClaimedEvent } from './claim.ts';

/** Events of one subject that are erased at once. */
const ERASED_MAX = 500;

interface Stray {
  readonly programId: string;
  readonly memberId: string;
  readonly subject: string;
}

/**
 * Refuses and erases claimed events of members who are erased: they were stored at the moment of the erasure,
 * past the door that takes none. Returns the others. Asks nothing where no program of the batch has a
 * do-not-track list.
 */
export async function withoutErased(
  { db, hashSecret, ...transactor }: Transactor & { readonly hashSecret: string },
  events: readonly ClaimedEvent[],
): Promise<readonly ClaimedEvent[]> {
  const strays = await straysAmong(db, hashSecret, events);
  if (strays.length === 0) return events;
  for (const { subject, ...member } of strays) {
    const person = { ...member, subjects: [subject] };
    await inTransaction({ db, ...transactor }, (tx) => eraseReported(tx, hashSecret, person, ERASED_MAX));
  }
  const names = new Set(strays.map(({ programId, subject }) => `${programId} ${subject}`));
  return events.filter(({ programId, subject }) => !names.has(`${programId} ${subject}`));
}

async function straysAmong(
  db: Database,
  hashSecret: string,
  events: readonly ClaimedEvent[],
): Promise<Stray[]> {
  const subjects = new Map<string, { readonly programId: string; readonly subject: string }>();
  for (const { programId, subject, mayBeErased } of events) {
    if (subject === null || !mayBeErased) continue;
    subjects.set(markOf(hashSecret, programId, 'external_id', subject).hash, { programId, subject });
  }
  if (subjects.size === 0) return [];
  const programIds = [...new Set([...subjects.values()].map(({ programId }) => programId))];
  const marks = await db.doNotTrack.findMany({
    where: { programId: { in: programIds }, hash: { in: [...subjects.keys()] } },
  });
  return marks.flatMap(({ hash, memberId }) => {
    const found = subjects.get(hash);
    return found === undefined ? [] : [{ ...found, memberId }];
  });
}
