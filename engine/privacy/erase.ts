import { type ErasureReport, isBadgeChoice } from '../../domain/privacy/erasure.ts';
import { ok, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../prisma/client.ts';
import { lockMembers } from '../members/lock.ts';
import { cancelHeld } from '../rewards/held.ts';
import { beginErasure } from './begin.ts';
import { eraseRows } from './erase-rows.ts';
import { listErasure } from './kept-list.ts';
import { personOf } from './person.ts';
import { reportOf } from './report.ts';
import type { TableRule } from './rule.ts';
import { eraseEvents } from './steps/events.ts';
import { eraseAccount, eraseAnswers, eraseAudit, eraseBadges, eraseMails } from './steps/others.ts';
import { erasePayouts } from './steps/payouts.ts';
import type { Erasing, ErasureRef, PrivacySettings, Step } from './steps/step.ts';
import { TABLES } from './tables.ts';

/** The most rows that one transaction erases. */
export const ERASED_AT_ONCE = 500;
/** The most rewards that one transaction takes back. */
const CANCELLED_MAX = 100;

const STEPS: Readonly<Record<NonNullable<TableRule['by']>, Step>> = {
  events: eraseEvents,
  payouts: erasePayouts,
  mails: eraseMails,
  answers: eraseAnswers,
  badges: eraseBadges,
  audit: eraseAudit,
  account: eraseAccount,
};

/**
 * Takes the next part of an erasure, in the caller's transaction: `more` says that parts are left. Each part
 * leaves a state from which the next goes on, so whoever is killed begins with the part that was not
 * committed. Until the last one the member's external ids stand in their row, since all else is found by
 * them. Accounts that were merged into the member are erased before, each as a member of its own. Refuses
 * with `redemption_under_way`, and has changed nothing. Gives the report at the end; once
 * more for a member who is erased, whatever came since is erased too.
 */
export async function eraseMember(
  tx: Tx,
  settings: PrivacySettings,
  ref: ErasureRef,
  limit: number = ERASED_AT_ONCE,
): Promise<Result<'more' | ErasureReport>> {
  const { programId, memberId, eventId, now_ms } = ref;
  await lockMembers(tx, programId, [memberId]);
  const person = await personOf(tx, programId, memberId);
  if (person === null) throw new Error(`member ${memberId} does not exist`);
  const where = { programId_memberId: { programId, memberId } };
  const begun = await tx.erasure.findUnique({ where });
  if (begun === null || begun.eventId !== eventId) {
    const possible = await beginErasure(tx, settings, ref, person);
    return possible.ok ? ok('more') : possible;
  }
  if (begun.listedAt === null) {
    await list(tx, settings, { ...ref, at: begun.begunAt });
    return ok('more');
  }
  const account = await mergedAccount(tx, ref);
  if (account !== null) {
    const part = await eraseMember(tx, settings, { ...ref, memberId: account }, limit);
    return part.ok ? ok('more') : part;
  }
  const badges = isBadgeChoice(begun.badges) ? begun.badges : 'revoke';
  const cancelled = await cancelHeld(tx, { programId, memberId, now_ms, by: eventId }, CANCELLED_MAX);
  if (cancelled > 0) {
    await count(tx, ref, { rewards: cancelled });
    return ok('more');
  }
  const erasing: Erasing = { person, eventId, badges, now_ms };
  if ((await eraseTables(tx, settings, erasing, limit)) >= limit) return ok('more');
  await count(tx, ref, { members: await eraseRows(tx, person, 'members', TABLES['members'] ?? {}, 1) });
  await tx.member.updateMany({
    where: { programId, id: memberId, erasedAt: null },
    data: { erasedAt: new Date(now_ms) },
  });
  const report = await reportOf(tx, ref, badges);
  const data = { report: report as object, endedAt: new Date(now_ms) };
  await tx.erasure.update({ where, data, select: { memberId: true } });
  return ok(report);
}

/** An account that was merged into the member, and that the command has still to erase. */
async function mergedAccount(tx: Tx, { programId, memberId, eventId }: ErasureRef): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    SELECT m.id::text FROM members m
    WHERE m.program_id = ${programId}::uuid AND m.merged_into = ${memberId}::uuid AND NOT EXISTS (
      SELECT FROM erasures e
      WHERE e.program_id = m.program_id AND e.member_id = m.id AND e.event_id = ${eventId}::uuid
        AND e.ended_at IS NOT NULL)
    ORDER BY m.id LIMIT 1`;
  return row?.id ?? null;
}

/** Puts the erasure on the kept list, before anything is gone that the list would be needed for. */
async function list(
  tx: Tx,
  settings: PrivacySettings,
  { programId, memberId, eventId, badges, at }: ErasureRef & { readonly at: Date },
): Promise<void> {
  const kind = { in: ['external_id', 'mailbox'] };
  const marks = await tx.doNotTrack.findMany({
    where: { programId, memberId, kind },
    select: { kind: true, hash: true },
    orderBy: { hash: 'asc' },
  });
  const kinds = marks.map(({ kind, hash }) => ({ kind: kind as 'external_id' | 'mailbox', hash }));
  const erasure = { programId, memberId, eventId, badges, at: at.toISOString(), marks: kinds };
  await listErasure(settings.listFile, erasure);
  const where = { programId_memberId: { programId, memberId } };
  await tx.erasure.update({ where, data: { listedAt: new Date() }, select: { memberId: true } });
}

/** One statement on a table, as a step. */
const rowsStep =
  (table: string, rule: TableRule): Step =>
  async (tx, _settings, { person }, limit) => ({ [table]: await eraseRows(tx, person, table, rule, limit) });

/** What there is to erase, in order, each step once: all but the member's own row, which is the last. */
const PARTS: readonly Step[] = [
  ...new Set(
    Object.entries(TABLES).flatMap(([table, rule]) => {
      if (table === 'members') return [];
      if (rule.by !== undefined) return [STEPS[rule.by]];
      return rule.becomes === undefined && rule.goes === undefined ? [] : [rowsStep(table, rule)];
    }),
  ),
];

/** Erases from table after table, in their order, until `limit` rows are erased. Returns how many were. */
async function eraseTables(
  tx: Tx,
  settings: PrivacySettings,
  erasing: Erasing,
  limit: number,
): Promise<number> {
  let erased = 0;
  for (const step of PARTS) {
    const counts = await step(tx, settings, erasing, limit - erased);
    const sum = Object.values(counts).reduce((a, b) => a + b, 0);
    if (sum > 0) await count(tx, erasing.person, counts);
    erased += sum;
    if (erased >= limit) return erased;
  }
  return erased;
}

/** Adds to the counts of rows in the member's erasure. */
async function count(
  tx: Tx,
  { programId, memberId }: { readonly programId: string; readonly memberId: string },
  counts: Readonly<Record<string, number>>,
): Promise<void> {
  const where = { programId_memberId: { programId, memberId } };
  const { counts: before } = await tx.erasure.findUniqueOrThrow({ where, select: { counts: true } });
  const sums = { ...(before as Record<string, number>) };
  for (const [table, more] of Object.entries(counts)) {
    if (more > 0) sums[table] = (sums[table] ?? 0) + more;
  }
  await tx.erasure.update({ where, data: { counts: sums }, select: { memberId: true } });
}
