import type { AwardSpan, CountedAction } from './achievements.ts';
import type { DueAward } from './due-awards.ts';

/** An action, and the event that it is. */
export interface EventAction extends CountedAction {
  readonly eventId: string;
}

/** An award that stands, and the action by which it was complete. */
export interface StandingAward extends AwardSpan {
  readonly eventId: string;
}

type Due = DueAward<EventAction>;

/** What becomes of awards as one action changes: as it is counted, refunded, or comes back. */
export interface AwardChanges<S extends StandingAward> {
  /** Those that stand for other actions now, or as of another time. */
  readonly moved: readonly { readonly award: S; readonly to: Due }[];
  readonly lost: readonly S[];
  readonly earned: readonly Due[];
  /** Awards that follow from the actions as they were before. Of any other it is not known why it stands. */
  readonly known: readonly S[];
}

/**
 * Compares which awards of an achievement followed from a member's actions before one of them changed and
 * which do now. What is in both stays as it is. Of the rest, the first award that is gone becomes the first
 * that is new, and so on: an award moves rather than being lost and earned anew. `standing`: those that were
 * reached when the action happened or later. `isCut`: there are actions later than those that were looked at,
 * so where the last awards differ it is not known whether one more or one less comes of it, and none does.
 */
export function decideAwardChanges<S extends StandingAward>(
  { repeatable, isCut }: { readonly repeatable: boolean; readonly isCut: boolean },
  due: { readonly before: readonly Due[]; readonly after: readonly Due[] },
  standing: readonly S[],
): AwardChanges<S> {
  const counterparts = counterpartsOf(due.before, standing);
  const [gone, fresh] = [without(due.before, due.after), without(due.after, due.before)];
  const pairs = gone.map((it, nth) => ({ award: counterparts.get(it), to: fresh[nth] }));
  const isKnown = !isCut || isSameEnd(due.before.at(-1), due.after.at(-1));
  const unpaired = pairs.flatMap(({ award, to }) => (award !== undefined && to === undefined ? [award] : []));
  const lost = isKnown ? unpaired : [];
  const isFree = isKnown && (repeatable || lost.length === standing.length);
  return {
    moved: pairs.flatMap(({ award, to }) => (award !== undefined && to !== undefined ? [{ award, to }] : [])),
    lost,
    earned: isFree ? fresh.slice(gone.length) : [],
    known: [...counterparts.values()],
  };
}

const isSame = (a: Due, b: Due): boolean =>
  a.action.eventId === b.action.eventId &&
  a.span.reached_ms === b.span.reached_ms &&
  a.span.from_ms === b.span.from_ms;

const isSameEnd = (a: Due | undefined, b: Due | undefined): boolean =>
  a !== undefined && b !== undefined && isSame(a, b);

const without = (all: readonly Due[], others: readonly Due[]): readonly Due[] => {
  const places = new Map(others.map((it) => [it.action.eventId, it]));
  return all.filter((it) => {
    const same = places.get(it.action.eventId);
    return same === undefined || !isSame(it, same);
  });
};

/** Which award stands for what is due: the one of its action, or else one that was reached as it was. */
function counterpartsOf<S extends StandingAward>(
  due: readonly Due[],
  standing: readonly S[],
): ReadonlyMap<Due, S> {
  const byAction = new Map(standing.map((award) => [`${award.eventId} ${award.reached_ms}`, award]));
  const found = new Map<Due, S>();
  for (const it of due) {
    const award = byAction.get(`${it.action.eventId} ${it.span.reached_ms}`);
    if (award !== undefined) found.set(it, award);
  }
  const taken = new Set(found.values());
  const byTime = new Map<number, S[]>();
  for (const award of standing) {
    if (!taken.has(award)) byTime.set(award.reached_ms, [...(byTime.get(award.reached_ms) ?? []), award]);
  }
  for (const it of due) {
    const award = found.has(it) ? undefined : byTime.get(it.span.reached_ms)?.shift();
    if (award !== undefined) found.set(it, award);
  }
  return found;
}
