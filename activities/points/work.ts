import { memberWorkflow } from '../../engine/events/workflow-ids.ts';
import { POINTS_RECOUNT } from '../../engine/points/recount.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents } from '../member-step.ts';

/** An event that is to be counted. */
export interface DueEvent {
  readonly id: string;
  readonly isRefund: boolean;
  /** A command that has actions asked again, and no action or refund. */
  readonly isRecount: boolean;
  /** For a refund: the event that counts what it takes back, while that is undecided. */
  readonly prior: string | null;
  /**
   * What achievements owe from before is granted first: a refund may take it back. Not so for a refund that
   * came before its action: that is counted and taken back at once.
   */
  readonly settlesFirst: boolean;
}

/** What there is to do for a member. */
interface Work {
  /**
   * Undecided events to be counted, in order. A refund comes after the action that it takes back if that
   * action is still waiting.
   */
  readonly events: readonly DueEvent[];
  /** An achievement's benefit is to be granted. */
  readonly owes: boolean;
}

interface DueRow extends Omit<DueEvent, 'settlesFirst'> {
  readonly isPriorRefund: boolean;
}

/** Reads what a batch of a member's events asks for. */
export async function readWork({ db }: ActivityDeps, ref: MemberEvents): Promise<Work> {
  const { programId, memberId } = ref;
  const [row] = await db.$queryRaw<{ owes: boolean; due: readonly DueRow[] | null }[]>`
    SELECT (${dueEvents(ref)}) AS due, EXISTS (
      SELECT FROM achievement_awards
      WHERE program_id = ${programId}::uuid AND member_id = ${memberId}::uuid AND status = 'earned') AS owes`;
  return { events: inOrder(row?.due ?? []), owes: row?.owes ?? false };
}

/** Each event once, and what a refund takes back before the refund. */
function inOrder(rows: readonly DueRow[]): DueEvent[] {
  const events = new Map<string, DueEvent>();
  for (const { id, isRefund, isRecount, prior, isPriorRefund } of rows) {
    if (events.has(id)) continue;
    const isEarly = prior !== null && !events.has(prior);
    if (isEarly) {
      const early = { id: prior, isRefund: isPriorRefund, isRecount: false, prior: null };
      events.set(prior, { ...early, settlesFirst: true });
    }
    events.set(id, { id, isRefund, isRecount, prior, settlesFirst: isRefund && !isEarly });
  }
  return [...events.values()];
}

/**
 * The events of a batch that are to be counted, as JSON. `e` is the event in the member's queue and `s` the
 * event that it stands for: a `member.acted` names another event, all others stand for themselves. `t` is the
 * action that a refund takes back. Either its own `member.acted`, `a`, counts it, or, where it was sent to
 * this member, `d` does.
 */
const dueEvents = ({ programId, memberId, eventIds }: MemberEvents) => Prisma.sql`
      SELECT jsonb_agg(jsonb_build_object('id', e.id, 'isRefund', s.type = 'refund',
        'isRecount', e.type = ${POINTS_RECOUNT},
        'prior', coalesce(a.id, d.id), 'isPriorRefund', t.type = 'refund') ORDER BY e.seq)
      FROM events e
      JOIN events s ON s.program_id = e.program_id
        AND s.id = CASE e.type WHEN 'member.acted' THEN (e.payload->>'event')::uuid ELSE e.id END
      LEFT JOIN events t ON t.program_id = s.program_id AND t.key = s.refund_of
      LEFT JOIN events a ON a.program_id = t.program_id AND a.key = 'acted:' || t.id AND a.state <> 'decided'
      LEFT JOIN events d ON d.program_id = t.program_id AND d.id = t.id
        AND d.workflow_id = ${memberWorkflow(memberId)} AND d.state <> 'decided'
      WHERE e.program_id = ${programId}::uuid AND e.id = ANY(${[...eventIds]}::uuid[])
        AND e.state <> 'decided'
        AND (e.type IN ('member.acted', ${POINTS_RECOUNT}) OR position('.' IN e.type) = 0)`;

/** The most events that one transaction counts, so that it is short and holds a budget's row briefly. */
export const GROUP_MAX = 25;

/**
 * Divides events into groups that are counted in one transaction each: refunds and commands alone,
 * actions together.
 */
export function groupsOf(events: readonly DueEvent[]): DueEvent[][] {
  const groups: DueEvent[][] = [];
  for (const event of events) {
    const last = groups.at(-1);
    const before = last?.[0];
    const isAlone = ({ isRefund, isRecount }: DueEvent) => isRefund || isRecount;
    const isApart = isAlone(event) || event.settlesFirst || before === undefined || isAlone(before);
    if (last === undefined || isApart || last.length >= GROUP_MAX) groups.push([event]);
    else last.push(event);
  }
  return groups;
}
