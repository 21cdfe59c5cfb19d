import type { Money } from '../../domain/money.ts';
import { valueCounted } from '../../domain/rates/convert.ts';
import { type AgainFacts, type GrantedAgain, judgeAgain } from '../../domain/referrals/again.ts';
import type { ReferralStage } from '../../domain/referrals/referral.ts';
import type { Result } from '../../domain/refusal.ts';
import { isOfNth, type Rule } from '../../domain/rewards/rule.ts';
import { capStart } from '../../domain/rules/caps.ts';
import {
  asksForCount,
  asksForNumber,
  type ConditionFacts,
  meetsCondition,
} from '../../domain/rules/condition.ts';
import { conditionFactsOf, daysSince } from '../../domain/rules/facts.ts';
import { nameId } from '../../platform/ids.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma, type RefusedReward } from '../../prisma/generated/client.ts';
import type { Policies } from '../policies/in-force.ts';
import { type FixedRateRow, fixedRates, ratesOf } from '../rates/fixed.ts';
import { qualifiedAfter } from './qualified.ts';
import { standingRefunds } from './refunds.ts';
import { isStanding } from './stands.ts';

/** A reward that a budget refused, and what it comes to if it is granted now. */
export interface RefusedNow {
  readonly refused: RefusedReward;
  readonly rule: Rule;
  /** The reward that was granted since, or of which a part is refused; null: there is none. */
  readonly rewardId: string | null;
  /** That reward, where a part of it is refused. */
  readonly partOf: AgainFacts['partOf'];
  readonly judgement: Result<GrantedAgain>;
}

/**
 * Judges refused rewards of a program by what has become of their referrals, members and actions since, in
 * the order in which they are given. Whether the budget has room is the ledger's to say.
 */
export async function judgeRefused(
  db: Database | Tx,
  policies: Pick<Policies, 'load'>,
  programId: string,
  refused: readonly RefusedReward[],
): Promise<RefusedNow[]> {
  const asked: { readonly row: RefusedReward; readonly rule: Rule }[] = [];
  for (const row of refused) {
    const { rules } = await policies.load(db, programId, row.policyVersion);
    const rule = rules.find(({ id }) => id === row.ruleId);
    if (rule === undefined) throw new Error(`version ${row.policyVersion} has no rule ${row.ruleId}`);
    asked.push({ row, rule });
  }
  const rows = await readStanding(db, programId, asked);
  return asked.map(({ row: refused, rule }) => {
    const standing = rows.get(refused.id);
    if (standing === undefined) throw new Error(`refused reward ${refused.id} has no referral`);
    const facts = factsOf(refused, rule, standing);
    const rewardId = refused.rewardId ?? standing.grantedId;
    return { refused, rule, rewardId, partOf: facts.partOf, judgement: judgeAgain(rule, facts) };
  });
}

interface Standing {
  readonly id: string;
  readonly stage: ReferralStage;
  readonly referrerId: string;
  readonly referredId: string | null;
  readonly isBlocked: boolean;
  readonly qualifiedCount: number;
  readonly isQualifying: boolean;
  /** The reward that was granted since. */
  readonly grantedId: string | null;
  readonly isTakenByHand: boolean;
  readonly partAmount: bigint | null;
  readonly partReversed: bigint;
  readonly partStatus: 'held' | 'available' | 'reversed';
  readonly stands: boolean;
  readonly valueMinor: bigint | null;
  readonly unit: string | null;
  readonly refundedMinor: bigint;
  readonly isWhole: boolean;
  readonly ordinal: number;
  /** The referrer's referrals that had qualified by the action's own time; null: the rule does not ask. */
  readonly countThen: number | null;
  readonly type: string;
  readonly properties: ConditionFacts['event']['properties'] | null;
  readonly rates: readonly FixedRateRow[];
  readonly occurredAt: Date;
  readonly signedUpAt: Date | null;
  readonly count: number;
  readonly amount_minor: bigint;
  readonly entitled_minor: bigint;
}

function factsOf(refused: RefusedReward, rule: Rule, row: Standing): AgainFacts {
  const { stage, referrerId, referredId, qualifiedCount, isBlocked, valueMinor, unit, partAmount } = row;
  const value = valueMinor === null || unit === null ? null : { minor: valueMinor, unit };
  const refunded_minor = row.isWhole ? (value?.minor ?? 1n) : row.refundedMinor;
  const isPart = partAmount !== null;
  return {
    amount_minor: refused.amountMinor,
    partOf: isPart
      ? { amount_minor: partAmount, reversed_minor: row.partReversed, status: row.partStatus }
      : null,
    isGranted: !isPart && row.grantedId !== null,
    isTakenByHand: row.isTakenByHand,
    stage,
    isRecipient: refused.memberId === (rule.recipient === 'referrer' ? referrerId : referredId),
    isBlocked,
    action:
      rule.trigger.on === 'signed_up'
        ? null
        : {
            stands: row.stands,
            isQualifying: row.isQualifying,
            value,
            refunded_minor,
            ordinal: row.ordinal,
            meetsByNumber: meetsByNumber(rule, refused, row, value),
          },
    qualifiedCount,
    granted: { count: row.count, amount_minor: row.amount_minor },
    entitled_minor: row.entitled_minor,
  };
}

/** Whether the rule still reaches the action by its number and its time's count, where it asks for them. */
function meetsByNumber(rule: Rule, refused: RefusedReward, row: Standing, value: Money | null): boolean {
  const { condition, trigger } = rule;
  const { type, ordinal, rates, properties, referrerId, referredId } = row;
  const qualifiedCount = row.countThen ?? row.qualifiedCount;
  if (isOfNth(rule) && trigger.on === 'milestone' && qualifiedCount !== trigger.count) return false;
  if (condition === null || !(asksForNumber(condition) || asksForCount(condition))) return true;
  const seen = {
    eventType: type,
    eventValue: valueCounted(value, ratesOf(rates), refused.unit),
    eventOrdinal: ordinal,
    eventProperties: properties ?? {},
    daysSinceSignup: daysSince(row.signedUpAt?.getTime() ?? null, row.occurredAt.getTime()),
  };
  const people = { referredId: referredId ?? '', referrer: { id: referrerId, qualifiedCount } };
  return meetsCondition(condition, conditionFactsOf(seen, people), '').ok;
}

/** A refused reward `w`, as far as the statement does not find it in the table. */
const askedOf = (
  programId: string,
  { row, rule }: { readonly row: RefusedReward; readonly rule: Rule },
): object => {
  const start_ms = capStart(rule.cap, row.occurredAt.getTime());
  return {
    id: row.id,
    reward: nameId(programId, row.key),
    // All rules but those on numbered events pay once for each referral.
    each: rule.trigger.on === 'nth_event',
    after: start_ms === null ? '-infinity' : new Date(start_ms).toISOString(),
    rated: rule.benefit.kind === 'milestone_rate',
    counted: isOfNth(rule) || asksForCount(rule.condition),
  };
};

/** What was granted for the same as the refused reward `w`, of the row `a` that asks. */
const SAME = Prisma.sql`
  g.program_id = w.program_id AND g.referral_id = w.referral_id AND g.rule_id = w.rule_id
  AND g.member_id = w.member_id AND (NOT a.each OR g.event_id = w.event_id)`;

/** How many of the referrer's referrals qualified after the action `e`. */
const AFTER = qualifiedAfter(Prisma.sql`e`, {
  programId: Prisma.sql`r.program_id`,
  referrerId: Prisma.sql`r.referrer_id`,
});

const RATES = fixedRates(Prisma.sql`e.program_id`, Prisma.sql`e.id`);

async function readStanding(
  db: Database | Tx,
  programId: string,
  asked: readonly { readonly row: RefusedReward; readonly rule: Rule }[],
): Promise<ReadonlyMap<string, Standing>> {
  if (asked.length === 0) return new Map();
  const wanted = JSON.stringify(asked.map((one) => askedOf(programId, one)));
  const e = Prisma.sql`e`;
  const b = Prisma.sql`b`;
  const referral = Prisma.sql`w.referral_id::text`;
  const rows = await db.$queryRaw<Standing[]>`
    SELECT w.id::text, r.stage::text, r.referrer_id::text AS "referrerId",
      r.referred_id::text AS "referredId", k.blocked_at IS NOT NULL AS "isBlocked",
      m.qualified_referrals AS "qualifiedCount",
      coalesce(r.qualifying_event_id = w.event_id, false) AS "isQualifying",
      (SELECT g.id::text FROM rewards g WHERE g.program_id = w.program_id
         AND (g.id = a.reward OR (${SAME} AND g.status <> 'reversed'))
       ORDER BY g.status = 'reversed', g.created_at DESC LIMIT 1) AS "grantedId",
      EXISTS (SELECT FROM rewards g WHERE ${SAME} AND g.taken_back_by IS NOT NULL) AS "isTakenByHand",
      p.amount_minor AS "partAmount", coalesce(p.reversed_minor, 0) AS "partReversed",
      p.status::text AS "partStatus", coalesce(${isStanding(e, referral)}, false) AS stands,
      e.value_minor AS "valueMinor", e.unit, f.minor AS "refundedMinor", f."isWhole",
      (SELECT count(*)::int FROM events b
       WHERE b.program_id = e.program_id AND b.subject = e.subject AND b.type = e.type
         AND ${isStanding(b, referral)} AND (b.occurred_at, b.key) <= (e.occurred_at, e.key)) AS ordinal,
      CASE WHEN a.counted THEN m.qualified_referrals - ${AFTER} END AS "countThen",
      e.type, e.payload->'properties' AS properties, ${RATES} AS rates,
      e.occurred_at AS "occurredAt", r.signed_up_at AS "signedUpAt",
      h.count, h.amount_minor,
      CASE WHEN NOT a.rated THEN 0 ELSE (
        SELECT coalesce(sum(g.amount_minor - g.reversed_minor), 0) FROM rewards g
        WHERE g.program_id = w.program_id AND g.member_id = w.member_id AND g.rule_id = w.rule_id
          AND g.unit = w.unit
      ) END::bigint AS entitled_minor
    FROM jsonb_to_recordset(${wanted}::jsonb)
      AS a(id uuid, reward uuid, each bool, after timestamptz, rated bool, counted bool)
    JOIN refused_rewards w ON w.program_id = ${programId}::uuid AND w.id = a.id
    JOIN referrals r ON r.program_id = w.program_id AND r.id = w.referral_id
    JOIN members m ON m.program_id = w.program_id AND m.id = r.referrer_id
    JOIN members k ON k.program_id = w.program_id AND k.id = w.member_id
    JOIN events e ON e.program_id = w.program_id AND e.id = w.event_id
    LEFT JOIN rewards p ON p.program_id = w.program_id AND p.id = w.reward_id
    CROSS JOIN LATERAL (${standingRefunds()}) f
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS count,
        coalesce(sum(greatest(g.amount_minor - g.reversed_minor, 0)) FILTER (WHERE g.unit = w.unit), 0)
          ::bigint AS amount_minor
      FROM rewards g
      WHERE g.program_id = w.program_id AND g.member_id = w.member_id AND g.rule_id = w.rule_id
        AND g.granted_at > a.after AND g.status <> 'reversed') h`;
  return new Map(rows.map((row) => [row.id, row]));
}
