import { erasedRefusal } from '../../../domain/privacy/erasure.ts';
import { toJsonText } from '../../../platform/hash.ts';
import type { Tx } from '../../../prisma/client.ts';
import { Prisma } from '../../../prisma/generated/client.ts';
import { decideEvents } from '../../events/decide.ts';
import { refusedOutcome } from '../../events/outcome.ts';
import { addMarks, markOf } from '../do-not-track.ts';
import { eraseRows } from '../erase-rows.ts';
import { ofPerson, type Person } from '../person.ts';
import { PSEUDONYM } from '../rule.ts';
import { COMMANDS_OF } from '../tables/events.ts';
import type { Step } from './step.ts';

/** Commands that only the member's own things would decide, and that nobody may carry out any more. */
const ARE_OWN = Prisma.raw("(t.workflow_id LIKE 'member-%' OR t.workflow_id LIKE 'survey-%')");

/**
 * Erases what was reported of a member, and the words of commands about them. Each event keeps its place and
 * its outcome. Its key becomes the event's own id, wherever it is named, and a keyed hash of it goes on the
 * do-not-track list: what came once is not taken again. What nobody has decided yet is refused.
 */
export const eraseEvents: Step = async (tx, { hashSecret }, { person, eventId }, limit) => {
  const reported = await eraseReported(tx, hashSecret, person, limit);
  if (reported >= limit) return { events: reported };
  const payments = await eraseRows(
    tx,
    person,
    'billing_payments',
    { of: 't.subject = ANY(:subjects)', becomes: { subject: PSEUDONYM } },
    limit,
  );
  const codes = await eraseCodes(tx, person, limit - reported);
  if (reported + codes >= limit) return { events: reported + codes, billing_payments: payments };
  const commands = await eraseCommands(tx, person, eventId, limit - reported - codes);
  return { events: reported + codes + commands, billing_payments: payments };
};

interface Reported {
  readonly id: string;
  readonly key: string;
  readonly isOpen: boolean;
}

/** Erases events that were reported of a member, at most `limit`. Returns how many. */
export async function eraseReported(
  tx: Tx,
  hashSecret: string,
  person: Person,
  limit: number,
): Promise<number> {
  const { programId } = person;
  const events = await tx.$queryRaw<Reported[]>`
    SELECT t.id::text, t.key, t.state <> 'decided' AS "isOpen" FROM events t
    WHERE t.program_id = ${programId}::uuid AND t.subject = ANY (${[...person.subjects]}::text[])
      AND t.key <> 'erased:' || t.id
    ORDER BY t.seq LIMIT ${limit} FOR UPDATE`;
  if (events.length === 0) return 0;
  await addMarks(
    tx,
    person,
    events.map(({ key }) => markOf(hashSecret, programId, 'event', key)),
  );
  await refuseOpen(tx, programId, events);
  const renamed = Prisma.sql`jsonb_to_recordset(${toJsonText(events)}::jsonb) AS b(id uuid, key text)`;
  await tx.$executeRaw`
    UPDATE events r SET refund_of = 'erased:' || b.id FROM ${renamed}
    WHERE r.program_id = ${programId}::uuid AND r.refund_of = b.key`;
  await tx.$executeRaw`
    UPDATE billing_payments p SET event_key = 'erased:' || b.id FROM ${renamed}
    WHERE p.program_id = ${programId}::uuid AND p.event_key = b.key`;
  await tx.$executeRaw`
    UPDATE billing_deliveries d SET event_keys = ARRAY(
      SELECT coalesce('erased:' || b.id, k.key) FROM unnest(d.event_keys) WITH ORDINALITY AS k(key, nth)
      LEFT JOIN ${renamed} ON b.key = k.key ORDER BY k.nth)
    WHERE d.program_id = ${programId}::uuid AND d.event_keys && ${events.map(({ key }) => key)}::text[]`;
  return await tx.$executeRaw`
    UPDATE events t SET key = 'erased:' || t.id, request_hash = 'erased', payload = '{}', reason = NULL,
      subject = ${ofPerson(person, PSEUDONYM)}, outcome = t.outcome - 'message',
      -- What it refunded is not here, or is erased by now.
      refund_of = CASE WHEN t.refund_of LIKE 'erased:%' THEN t.refund_of
        WHEN t.refund_of IS NOT NULL THEN 'erased:' || t.id END
    FROM ${renamed} WHERE t.program_id = ${programId}::uuid AND t.id = b.id`;
}

async function refuseOpen(tx: Tx, programId: string, events: readonly Reported[]): Promise<void> {
  const open = events.filter(({ isOpen }) => isOpen);
  // A parked event is out of the queue, and `decideEvents` leaves it there.
  await tx.event.updateMany({
    where: { programId, id: { in: open.map(({ id }) => id) }, state: 'parked' },
    data: { state: 'pending' },
  });
  const outcome = refusedOutcome(erasedRefusal);
  const decisions = open.map(({ id }) => ({ eventId: id, outcome }));
  if (decisions.length > 0) await decideEvents(tx, programId, decisions);
}

/**
 * Replaces the member's codes in signups of those who came by them, as `links` will: a code may be a name.
 * That the signups came by this link stays.
 */
const eraseCodes = (tx: Tx, { programId, memberId }: Person, limit: number): Promise<number> =>
  tx.$executeRaw`
    UPDATE events e SET payload = e.payload || jsonb_build_object('code', 'erased-' || found.link_id)
    FROM (
      SELECT t.program_id, t.id, l.id AS link_id
      FROM links l JOIN events t ON t.program_id = l.program_id AND t.type = 'signup'
        AND t.payload->>'code' = l.code
      WHERE l.program_id = ${programId}::uuid AND l.member_id = ${memberId}::uuid
        AND l.code <> 'erased-' || l.id
      LIMIT ${limit}) found
    WHERE e.program_id = found.program_id AND e.id = found.id`;

/** Takes the words out of commands. A command on a referral that is open may be about others: it goes on. */
async function eraseCommands(tx: Tx, person: Person, ownId: string, limit: number): Promise<number> {
  const { programId } = person;
  const left = Prisma.sql`CASE WHEN t.state = 'decided' OR ${ARE_OWN} THEN without_words(t.payload)
      ELSE t.payload - 'note' END`;
  const events = await tx.$queryRaw<Reported[]>`
    SELECT t.id::text, t.key, t.state <> 'decided' AND ${ARE_OWN} AS "isOpen" FROM events t
    WHERE t.program_id = ${programId}::uuid AND (${ofPerson(person, COMMANDS_OF)})
      AND t.id <> ${ownId}::uuid
      AND (t.payload <> ${left} OR (t.state <> 'decided' AND ${ARE_OWN})
        OR (t.state = 'decided' AND t.outcome->>'message' IS NOT NULL))
    LIMIT ${limit} FOR UPDATE`;
  if (events.length === 0) return 0;
  await refuseOpen(tx, programId, events);
  return await tx.$executeRaw`
    UPDATE events t SET payload = ${left}, reason = CASE WHEN t.state <> 'decided' THEN t.reason END,
      outcome = t.outcome - 'message'
    WHERE t.program_id = ${programId}::uuid AND t.id = ANY (${events.map(({ id }) => id)}::uuid[])`;
}
