import type { Database } from '../../prisma/client.ts';
import type { RedemptionRef } from './snapshot.ts';

export interface AttemptAnswer {
  readonly result: 'paid' | 'refused' | 'pending' | 'operator' | 'unknown';
  readonly reason: string | null;
  readonly providerRef: string | null;
}

/**
 * Stores that a provider is about to be asked. Returns the attempt's id and when the provider was first
 * asked, in milliseconds since 1970.
 */
export async function beginAttempt(
  db: Database,
  { programId, redemptionId }: RedemptionRef,
  method: string,
): Promise<{ readonly id: bigint; readonly first_asked_at_ms: number | null }> {
  const first = await db.redemptionAttempt.findFirst({
    where: { programId, redemptionId },
    orderBy: { id: 'asc' },
    select: { askedAt: true },
  });
  const { id } = await db.redemptionAttempt.create({
    data: { programId, redemptionId, method },
    select: { id: true },
  });
  return { id, first_asked_at_ms: first?.askedAt.getTime() ?? null };
}

/** Writes down what the provider answered. */
export async function endAttempt(db: Database, id: bigint, answer: AttemptAnswer): Promise<void> {
  await db.redemptionAttempt.update({
    where: { id },
    data: { ...answer, answeredAt: new Date() },
    select: { id: true },
  });
}
