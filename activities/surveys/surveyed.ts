import type { ProgramStatus } from '../../domain/programs/program.ts';
import { FRESH_MS, type KnownSurvey, type MomentFacts } from '../../domain/surveys/moments.ts';
import type { SurveyRule } from '../../domain/surveys/policy.ts';
import { DAY_MS } from '../../domain/time.ts';
import { latestVersion } from '../../engine/policies/latest.ts';
import { isBeingErased } from '../../engine/privacy/erasing.ts';
import { programStatusSql } from '../../engine/programs/status.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { MemberRef } from '../member-step.ts';

/** The longest that a policy may put off asking. */
const DELAY_MAX_MS = 30 * DAY_MS;
const REDEMPTIONS_MAX = 50;
const KNOWN_MAX = 500;

/** A member as the plan of their surveys needs them; times in milliseconds since 1970. */
export interface Surveyed extends Omit<MomentFacts, 'active_at_ms'> {
  readonly status: ProgramStatus;
  /** The latest version of the policy; null: there is none. */
  readonly version: number | null;
  /** Whether the member was merged into another or erased; null: there is no such member. */
  readonly isGone: boolean | null;
  readonly known: readonly KnownSurvey[];
}

/** SQL: milliseconds since 1970, which are whole since columns keep no less. */
const msOf = (time: Prisma.Sql) => Prisma.sql`(extract(epoch FROM ${time}) * 1000)::float8`;

/** When a survey was or will be asked; null where it was cancelled before anybody was asked. */
const ASKED_AT = msOf(Prisma.sql`coalesce(asked_at, CASE WHEN status <> 'cancelled' THEN due_at END)`);

const JOINED_AT = Prisma.sql`coalesce(m.signed_up_at, m.created_at)`;

/**
 * Reads the program's status and version, and of the member all that any moment follows from but their last
 * activity, which costs a look at each month of events: `momentFactsOf` asks for it where it counts. Null:
 * there is no such program.
 */
export async function readSurveyed(
  db: Database | Tx,
  { programId, memberId, now_ms }: MemberRef,
): Promise<Surveyed | null> {
  const from = new Date(now_ms - FRESH_MS - DELAY_MAX_MS);
  const [row] = await db.$queryRaw<Surveyed[]>`
    SELECT ${programStatusSql(now_ms)}::text AS status, ${latestVersion(Prisma.sql`p.id`)} AS version,
      CASE WHEN m.id IS NOT NULL THEN m.merged_into IS NOT NULL OR ${isBeingErased} END AS "isGone",
      ${msOf(JOINED_AT)} AS joined_at_ms,
      (SELECT ${msOf(Prisma.sql`min(granted_at)`)} FROM rewards
       WHERE program_id = p.id AND member_id = m.id AND status <> 'reversed') AS first_reward_at_ms,
      EXISTS (
        SELECT FROM referrals
        WHERE program_id = p.id AND referrer_id = m.id AND signed_up_at IS NOT NULL) AS has_referred,
      EXISTS (SELECT FROM referrals WHERE program_id = p.id AND referred_id = m.id) AS was_referred,
      to_jsonb(ARRAY(
        SELECT jsonb_build_object('id', id, 'at_ms', ${msOf(Prisma.sql`updated_at`)}) FROM redemptions
        WHERE program_id = p.id AND member_id = m.id AND status = 'settled'
          AND updated_at >= ${from}::timestamptz
        ORDER BY updated_at DESC LIMIT ${REDEMPTIONS_MAX})) AS redeemed,
      to_jsonb(ARRAY(
        SELECT jsonb_build_object('survey_id', rule_id, 'occasion', occasion, 'asked_at_ms', ${ASKED_AT})
        FROM surveys WHERE program_id = p.id AND member_id = m.id
        ORDER BY created_at DESC LIMIT ${KNOWN_MAX})) AS known
    FROM programs p LEFT JOIN members m ON m.program_id = p.id AND m.id = ${memberId}::uuid
    WHERE p.id = ${programId}::uuid`;
  return row ?? null;
}

/** What the moments of these surveys follow from in the member's life. */
export async function momentFactsOf(
  db: Database | Tx,
  ref: MemberRef,
  { joined_at_ms, first_reward_at_ms, redeemed, has_referred, was_referred }: Surveyed,
  surveys: readonly SurveyRule[],
): Promise<MomentFacts> {
  const asksOfSilence = surveys.some(({ moment }) => moment.on === 'lapse');
  const active_at_ms = asksOfSilence ? await lastActivity(db, ref) : joined_at_ms;
  return { joined_at_ms, active_at_ms, first_reward_at_ms, redeemed, has_referred, was_referred };
}

/** When the member last did anything, at the earliest when they joined. */
async function lastActivity(db: Database | Tx, { programId, memberId }: MemberRef): Promise<number> {
  const [row] = await db.$queryRaw<{ at: Date }[]>`
    SELECT greatest(${JOINED_AT},
      (SELECT occurred_at FROM events
       WHERE program_id = m.program_id AND subject = m.external_id ORDER BY seq DESC LIMIT 1),
      (SELECT max(signed_up_at) FROM referrals WHERE program_id = m.program_id AND referrer_id = m.id),
      (SELECT max(created_at) FROM redemptions WHERE program_id = m.program_id AND member_id = m.id)) AS at
    FROM members m WHERE m.program_id = ${programId}::uuid AND m.id = ${memberId}::uuid`;
  if (row === undefined) throw new Error(`member ${memberId} does not exist`);
  return row.at.getTime();
}
