import type { Database } from '../../prisma/client.ts';
import type { ClaimedEvent } from './claim.ts';
import type { Handled } from './record.ts';
import type { Room, UnderWay } from './turns.ts';

/**
 * A parcel that is not decided by then no longer counts: its workflow waits for something, and would hold up
 * the others.
 */
const COUNTS_MS = 10_000;

/**
 * How long bulk stands back for what is early. Then it has a turn, so that a stream of early events does not
 * stop it.
 */
const STANDS_BACK_MS = 250;

/**
 * How long after an early event the machine counts as shared. Who sends one often sends another, and what is
 * handed over meanwhile stands before it.
 */
const SHARED_MS = 1_000;

/**
 * Parcels that one claim hands over at most. They are handed over one after the other, and an event that
 * comes meanwhile waits for all of them.
 */
const CLAIM_MAX = 8;

/** How many parcels may be under decision. */
export interface ParcelLimits {
  readonly parcels_max: number;
  /** While early events come in. */
  readonly shared_max: number;
}

/** A parcel that was handed over: what is decided last of it, whose it is, and until when it counts. */
interface Sent {
  readonly programId: string;
  readonly eventId: string;
  readonly isBulk: boolean;
  readonly isEarly: boolean;
  readonly until_ms: number;
}

/** What this pump handed over and nobody has decided yet. */
export interface UnderDecision {
  /** Notes what was handed over of a claim. */
  note(claimed: readonly ClaimedEvent[], handled: readonly Handled[], now_ms: number): void;
  /** Forgets what is decided meanwhile. Returns the room that is left. */
  look(now_ms: number): Promise<Room>;
  /** After how many decisions there is room for bulk, as far as it knows without a look. 0: there is room. */
  decisionsToRoom(now_ms: number): number;
}

/**
 * Counts parcels, not events: those of one workflow are decided together. While something early is under
 * decision there is no room for bulk, which would take the machine from it.
 */
export function createUnderDecision(db: Database, limits: ParcelLimits): UnderDecision {
  let sent: readonly Sent[] = [];
  let sharedUntil_ms = 0;
  let standsBackSince_ms: number | null = null;
  const hasEarly = () => sent.some(({ isEarly }) => isEarly);
  const standsBack = (now_ms: number) => {
    if (!hasEarly()) standsBackSince_ms = null;
    else if (standsBackSince_ms === null || now_ms - standsBackSince_ms >= STANDS_BACK_MS) {
      const isTurnOfBulk = standsBackSince_ms !== null;
      standsBackSince_ms = now_ms;
      return !isTurnOfBulk;
    }
    return standsBackSince_ms !== null;
  };
  const limit = (now_ms: number) => (now_ms < sharedUntil_ms ? limits.shared_max : limits.parcels_max);
  /** Few claims of many cost less than many of one. */
  const worth = (now_ms: number) => Math.min(CLAIM_MAX, Math.ceil(limit(now_ms) / 2));
  return {
    note(claimed, handled, now_ms) {
      sent = [...sent, ...lastOfEach(claimed, handled, now_ms + COUNTS_MS)];
      if (hasEarly()) sharedUntil_ms = now_ms + SHARED_MS;
    },
    async look(now_ms) {
      sent = sent.filter(({ until_ms }) => until_ms > now_ms);
      const open = await openOf(db, sent);
      sent = sent.filter(({ eventId }) => open.has(eventId));
      const left = standsBack(now_ms) ? 0 : limit(now_ms) - sent.length;
      const room = left < worth(now_ms) ? 0 : Math.min(left, CLAIM_MAX);
      return { room, underWay: countByProgram(sent) };
    },
    decisionsToRoom: (now_ms) => (hasEarly() ? 1 : Math.max(0, sent.length + worth(now_ms) - limit(now_ms))),
  };
}

/** The last event of each workflow’s parcel. */
function lastOfEach(
  claimed: readonly ClaimedEvent[],
  handled: readonly Handled[],
  until_ms: number,
): readonly Sent[] {
  const events = new Map(claimed.map((event) => [event.id, event]));
  const parcels = new Map<string, Sent>();
  for (const { state, workflowId, programId, id: eventId } of handled) {
    const event = events.get(eventId);
    if (state !== 'delivered' || workflowId === null || event === undefined) continue;
    const { isBulk = true, isEarly = false } = parcels.get(workflowId) ?? {};
    parcels.set(workflowId, {
      programId,
      eventId,
      isBulk: isBulk && event.bulk,
      isEarly: isEarly || event.early,
      until_ms,
    });
  }
  return [...parcels.values()];
}

/** Which of them their workflow has still to decide. */
async function openOf(db: Database, sent: readonly Sent[]): Promise<ReadonlySet<string>> {
  if (sent.length === 0) return new Set();
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT e.id::text
    FROM jsonb_to_recordset(${JSON.stringify(sent)}::jsonb) AS s("programId" uuid, "eventId" uuid)
    JOIN events e ON e.program_id = s."programId" AND e.id = s."eventId"
    WHERE e.state IN ('pending', 'delivered')`;
  return new Set(rows.map(({ id }) => id));
}

function countByProgram(sent: readonly Sent[]): UnderWay[] {
  const programs = new Map<string, { bulk: number; awaited: number }>();
  for (const { programId, isBulk } of sent) {
    const counts = programs.get(programId) ?? { bulk: 0, awaited: 0 };
    counts[isBulk ? 'bulk' : 'awaited'] += 1;
    programs.set(programId, counts);
  }
  return [...programs].map(([programId, counts]) => ({ programId, ...counts }));
}
