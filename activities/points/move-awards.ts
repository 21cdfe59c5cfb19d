import { scorePoints } from '../../engine/leaderboards/points.ts';
import { moveId } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { dateRewards } from '../../engine/rewards/date.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import type { PointPosting } from '../../prisma/generated/client.ts';
import type { MovedAward } from './award-shift.ts';
import { awardKey } from './awards.ts';

/**
 * Writes that awards stand for other actions, or as of another time, as an event has changed what they rest
 * on. Their points and rewards stay where they are, and count as of the new time. The caller has locked the
 * member.
 */
export async function moveAwards(tx: Tx, by: SourceEvent, moved: readonly MovedAward[]): Promise<void> {
  if (moved.length === 0) return;
  const { programId } = by;
  const postingIdOf = ({ award }: MovedAward) => moveId(programId, awardKey(award.id));
  const postings = await tx.pointPosting.findMany({
    where: { programId, id: { in: moved.map(postingIdOf) } },
  });
  const paid = new Map(postings.map((posting) => [posting.id, posting]));
  const rows = moved.map((it) => {
    const { span, action } = it.to;
    return { id: it.award.id, postingId: postingIdOf(it), eventId: action.eventId, ...span };
  });
  await tx.$executeRaw`
    WITH m AS (
      SELECT * FROM jsonb_to_recordset(${toJsonText(rows)}::jsonb) AS m(
        id uuid, "postingId" uuid, "eventId" uuid, from_ms float8, reached_ms float8, zone text)
    ), posting AS (
      UPDATE point_postings p SET event_id = m."eventId", occurred_at = to_timestamp(m.reached_ms / 1000),
        trace = p.trace || jsonb_build_object('moved_by', ${by.eventId}::text)
      FROM m WHERE p.program_id = ${programId}::uuid AND p.id = m."postingId")
    UPDATE achievement_awards a SET event_id = m."eventId", time_zone = m.zone,
      from_at = to_timestamp(m.from_ms / 1000), reached_at = to_timestamp(m.reached_ms / 1000)
    FROM m WHERE a.program_id = ${programId}::uuid AND a.id = m.id`;
  await dateRewards(
    tx,
    by,
    moved.flatMap(({ award: { rewardId }, to: { span, action } }) =>
      rewardId === null ? [] : [{ rewardId, eventId: action.eventId, at_ms: span.reached_ms }],
    ),
  );
  await scorePoints(
    tx,
    programId,
    moved.flatMap((it) => {
      const posting = paid.get(postingIdOf(it));
      return posting === undefined || posting.unit !== by.points?.unit ? [] : scoresOf(by, posting, it);
    }),
  );
}

/** What an event's outcome says of the awards that it moved; none where it moved none. */
export const movedTrace = (moved: readonly MovedAward[]): { readonly moved_awards?: readonly string[] } =>
  moved.length === 0 ? {} : { moved_awards: [...new Set(moved.map(({ award }) => award.achievement))] };

/** The points leave the windows in which they counted, and come to those of the new time. */
function scoresOf(
  { occurred_at_ms }: SourceEvent,
  { memberId, amountMinor, reversedMinor, occurredAt, createdAt }: PointPosting,
  { to: { span } }: MovedAward,
) {
  const left_minor = amountMinor - reversedMinor;
  const before_ms = occurredAt.getTime();
  if (left_minor === 0n || before_ms === span.reached_ms) return [];
  const decided_at_ms = createdAt.getTime();
  return [
    { memberId, points: -left_minor, occurred_at_ms, earned: { at_ms: before_ms, decided_at_ms } },
    {
      ...{ memberId, points: left_minor, occurred_at_ms: span.reached_ms },
      earned: { at_ms: span.reached_ms, decided_at_ms },
    },
  ];
}
