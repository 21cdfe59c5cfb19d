import { type CountedAction, isSole } from '../../domain/points/achievements.ts';
import type { EventAction } from '../../domain/points/award-changes.ts';
import { decideAwardChanges } from '../../domain/points/award-changes.ts';
import { achievementsOn } from '../../domain/points/count.ts';
import { type DueAward, dueAwards } from '../../domain/points/due-awards.ts';
import type { AchievementRule } from '../../domain/points/policy.ts';
import { beginsNew } from '../../domain/programs/deciding.ts';
import { type AwardsAround, type LaterAward, lockAwardsAround } from '../../engine/points/awards-around.ts';
import {
  type ActionsChanged,
  type ChangedAction,
  readActionsChanged,
} from '../../engine/points/changed-action.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import type { Tx } from '../../prisma/client.ts';
import { type NewAward, newAward } from './awards.ts';

/** An award that stands for other actions now, or as of another time. */
export interface MovedAward {
  readonly award: LaterAward;
  readonly to: DueAward<EventAction>;
}

/** What becomes of a member's awards as one of their actions changes. */
export interface AwardShift {
  readonly earned: readonly NewAward[];
  readonly moved: readonly MovedAward[];
  readonly lost: readonly LaterAward[];
  /** Awards of which it is known what they rested on, and so what becomes of them. */
  readonly knownIds: readonly string[];
}

const NO_SHIFT: AwardShift = { earned: [], moved: [], lost: [], knownIds: [] };

/** An action whose awards are asked for, by the policy in force. */
type Asked = Pick<
  SourceEvent,
  'programId' | 'eventId' | 'type' | 'occurred_at_ms' | 'actor' | 'points' | 'policyVersion' | 'programStatus'
>;

/**
 * Decides what becomes of the member's awards as an action is counted late, is refunded or comes back, by the
 * own times of all actions. What one member of the program can have alone is not looked at: it is taken.
 */
export async function readAwardShift(
  tx: Tx,
  source: Asked,
  { before, after }: { readonly before: CountedAction | null; readonly after: CountedAction | null },
): Promise<AwardShift> {
  const { programId, eventId, type, occurred_at_ms, actor, points } = source;
  const rules = points === null ? [] : achievementsOn(points, type).filter(({ test }) => !isSole(test));
  const changed = { programId, memberId: actor.id, eventId, type, occurred_at_ms, before, after };
  const asked: { readonly rule: AchievementRule; readonly awards: AwardsAround }[] = [];
  for (const rule of rules) {
    const awards = await lockAwardsAround(tx, changed, rule.id);
    if (rule.repeatable || awards.before.awards === 0) asked.push({ rule, awards });
  }
  if (asked.length === 0) return NO_SHIFT;
  const actions = await readActionsChanged(
    tx,
    changed,
    asked.map(({ rule }) => rule),
  );
  return asked
    .map(({ rule, awards }) => shiftOf(source, changed, { rule, awards, actions }))
    .reduce((all, one) => ({
      earned: [...all.earned, ...one.earned],
      moved: [...all.moved, ...one.moved],
      lost: [...all.lost, ...one.lost],
      knownIds: [...all.knownIds, ...one.knownIds],
    }));
}

/** The same of an action that is counted now and happened before others that were. */
export const readLateAwards = (tx: Tx, source: SourceEvent): Promise<AwardShift> => {
  const { occurred_at_ms: at_ms, value, rates } = source;
  return readAwardShift(tx, source, { before: null, after: { at_ms, value, rates } });
};

function shiftOf(
  source: Asked,
  { occurred_at_ms }: ChangedAction,
  {
    rule,
    awards: { before, later, total },
    actions,
  }: { readonly rule: AchievementRule; readonly awards: AwardsAround; readonly actions: ActionsChanged },
): AwardShift {
  const { zone } = source.actor;
  const isCount = rule.test.kind === 'nth' || rule.test.kind === 'first';
  const dueOf = (all: readonly EventAction[]) =>
    dueAwards(rule, {
      zone,
      // Of those that happened before, a number is enough where it is the number that counts.
      actions: isCount ? all.filter(({ at_ms }) => at_ms >= occurred_at_ms) : all,
      before: { ...before, actions: actions.earlier },
    });
  const due = { before: dueOf(actions.before), after: dueOf(actions.after) };
  const { moved, lost, earned, known } = decideAwardChanges({ ...rule, isCut: actions.isCut }, due, later);
  const mayEarn = beginsNew(source.programStatus);
  return {
    moved,
    lost,
    earned: mayEarn
      ? earned.map(({ span, action }, nth) =>
          newAward({ ...source, eventId: action.eventId }, { rule, span, number: total + 1 + nth }),
        )
      : [],
    knownIds: known.map(({ id }) => id),
  };
}
