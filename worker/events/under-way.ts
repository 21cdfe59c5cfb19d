import type { Database } from '../../prisma/client.ts';
import type { ClaimedEvent } from './claim.ts';
import type { Handled } from './record.ts';
import type { Room } from './turns.ts';

/**
 * A parcel that is not decided by then no longer counts: its workflow waits for something, and would hold up
 * the others.
 */
const COUNTS_MS = 10_000;

/** A parcel that was handed over: what is decided last of it, whose it is, and until when it counts. */
interface Sent {
  readonly programId: string;
  readonly eventId: string;
  readonly isBulk: boolean;
  readonly until_ms: number;
}

/** What this pump handed over and nobody has decided yet. */
export interface UnderDecision {
  /** Notes what was handed over of a claim. */
  note(claimed: readonly ClaimedEvent[], handled: readonly Handled[], now_ms: number): void;
  /** Forgets what is decided meanwhile. Returns the room that is left. */
  look(now_ms: number): Promise<Room>;
  /** How many parcels are under decision, as far as it knows. */
  readonly count: number;
}

/** Counts parcels, not events: those of one workflow are decided together. */
export function createUnderDecision(db: Database, parcels_max: number): UnderDecision {
  let sent: readonly Sent[] = [];
  return {
    note(claimed, handled, now_ms) {
      sent = [...sent, ...lastOfEach(claimed, handled, now_ms + COUNTS_MS)];
    },
    async look(now_ms) {
      sent = sent.filter(({ until_ms }) => until_ms > now_ms);
      const open = await openOf(db, sent);
      sent = sent.filter(({ eventId }) => open.has(eventId));
      return roomBeside(sent, parcels_max);
    },
    get count() {
      return sent.length;
    },
  };
}

/** The last event of each workflow’s parcel. */
function lastOfEach(
  claimed: readonly ClaimedEvent[],
  handled: readonly Handled[],
  until_ms: number,
): readonly Sent[] {
  const bulk = new Map(claimed.map(({ id, bulk: isBulk }) => [id, isBulk]));
  const parcels = new Map<string, Sent>();
  for (const { state, workflowId, programId, id: eventId } of handled) {
    if (state !== 'delivered' || workflowId === null) continue;
    const isBulk = (parcels.get(workflowId)?.isBulk ?? true) && (bulk.get(eventId) ?? true);
    parcels.set(workflowId, { programId, eventId, isBulk, until_ms });
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

/**
 * The room beside what is under decision: none while it is less than half, because a claim of few events
 * costs nearly as much as one of many.
 */
function roomBeside(sent: readonly Sent[], parcels_max: number): Room {
  const left = parcels_max - sent.length;
  const programs = new Map<string, { bulk: number; awaited: number }>();
  for (const { programId, isBulk } of sent) {
    const counts = programs.get(programId) ?? { bulk: 0, awaited: 0 };
    counts[isBulk ? 'bulk' : 'awaited'] += 1;
    programs.set(programId, counts);
  }
  return {
    room: left < parcels_max / 2 ? 0 : left,
    underWay: [...programs].map(([programId, counts]) => ({ programId, ...counts })),
  };
}
