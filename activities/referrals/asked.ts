import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ReferralRef } from './snapshot.ts';

/**
 * By which numbers the answers about an action are, so that they are known when the numbers have moved since.
 * What is left out stays as it was.
 */
export interface AskedBy {
  /** The action's id, or the referral's for its signup. */
  readonly id: string;
  readonly at_ms: number;
  /** Of the referrer's other referrals: in the answers of rules on each event, or on the signup. */
  readonly others?: number | undefined;
  /** Whether the referral counted itself in those. */
  readonly own?: boolean | undefined;
  /** Of the others: in the answers of rules on the action that qualifies. */
  readonly place?: number | undefined;
  /** The action's number among those of its type; 0: the one that it has. */
  readonly ordinal?: number | undefined;
}

/** The same as it is on record. */
export interface AskedBefore {
  readonly others: number | null;
  readonly own: boolean | null;
  readonly place: number | null;
  readonly ordinal: number | null;
}

/** What is known of the referrer's count at the times of a referral's actions. */
export interface Counts {
  /** By the action's id, and the referral's for its signup: how many other referrals had qualified before. */
  readonly others: ReadonlyMap<string, number>;
  /** The actions' order in time. */
  readonly order: ReadonlyMap<string, number>;
}

/** By which numbers the answers about a referral's actions are, by the action's id. */
export async function readAsked(
  tx: Tx,
  { programId, referralId }: ReferralRef,
): Promise<ReadonlyMap<string, AskedBefore>> {
  const rows = await tx.askedCount.findMany({
    where: { programId, referralId },
    select: { eventId: true, others: true, own: true, place: true, ordinal: true },
  });
  return new Map(rows.map(({ eventId, ...asked }) => [eventId, asked]));
}

/** Writes down by which numbers the answers about a referral's actions are now. */
export async function keepAsked(
  tx: Tx,
  { programId, referralId }: Pick<ReferralRef, 'programId' | 'referralId'>,
  asked: readonly AskedBy[],
): Promise<void> {
  const rows = new Map<string, AskedBy>();
  for (const row of asked) rows.set(row.id, { ...rows.get(row.id), ...row });
  if (rows.size === 0) return;
  await tx.$executeRaw`
    INSERT INTO asked_counts AS a (program_id, referral_id, event_id, at, others, own, place, ordinal)
    SELECT ${programId}::uuid, ${referralId}::uuid, id, to_timestamp(at_ms / 1000.0), others, own, place,
           nullif(ordinal, 0)
    FROM jsonb_to_recordset(${toJsonText([...rows.values()])}::jsonb)
      AS w(id uuid, at_ms bigint, others int, own boolean, place int, ordinal int)
    ON CONFLICT (program_id, referral_id, event_id) DO UPDATE SET
      others = coalesce(excluded.others, a.others), own = coalesce(excluded.own, a.own),
      place = coalesce(excluded.place, a.place),
      ordinal = CASE WHEN excluded.event_id = ANY(${keeping(rows)}::uuid[]) THEN a.ordinal
        ELSE excluded.ordinal END`;
}

/** Those whose number is not named, and stays as it was. */
const keeping = (rows: ReadonlyMap<string, AskedBy>): string[] =>
  [...rows.values()].filter(({ ordinal }) => ordinal === undefined).map(({ id }) => id);
