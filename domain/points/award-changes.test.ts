import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideAwardChanges, type EventAction, type StandingAward } from './award-changes.ts';
import { dueAwards } from './due-awards.ts';
import type { AchievementRule } from './policy.ts';

const HOUR_MS = 3_600_000;
const T0 = Date.UTC(2026, 2, 1);
const usd = (minor: bigint) => ({ minor, unit: 'USD' });

const TESTS: readonly AchievementRule['test'][] = [
  { kind: 'nth', event: 'it', count: 1 },
  { kind: 'nth', event: 'it', count: 3 },
  { kind: 'sum', event: 'it', at_least: usd(700n), days: 3 },
  { kind: 'streak', event: 'it', by: 'day', length: 3 },
  { kind: 'streak', event: 'it', by: 'week', length: 2 },
];

/** An action that comes, and what later events leave of it: less, nothing, or all of it again. */
const HISTORIES = fc.array(
  fc.record({
    hours: fc.oneof(fc.integer({ min: 0, max: 24 * 12 }), fc.constantFrom(20, 50)),
    minor: fc.bigInt({ min: 0n, max: 500n }),
    rests: fc.array(fc.constantFrom('half', 'nothing', 'all'), { maxLength: 2 }),
  }),
  { maxLength: 16 },
);
const RULES = fc.record({ test: fc.constantFrom(...TESTS), repeatable: fc.boolean() });

interface Step {
  readonly eventId: string;
  readonly action: EventAction | null;
}

function stepsOf(histories: typeof HISTORIES extends fc.Arbitrary<infer T> ? T : never): Step[][] {
  return histories.map(({ hours, minor, rests }, nth) => {
    const eventId = `e${String(nth).padStart(2, '0')}`;
    const worth = { all: minor, half: minor / 2n, nothing: null };
    return (['all', ...rests] as const).map((rest) => {
      const left = worth[rest];
      const at_ms = T0 + hours * HOUR_MS;
      return { eventId, action: left === null ? null : { eventId, at_ms, value: usd(left) } };
    });
  });
}

/** Several lists as one, each in its order: at every place the next of the list that is drawn. */
function woven(lists: readonly Step[][], picks: Iterator<number>): Step[] {
  const left = lists.map((list) => [...list]);
  const all: Step[] = [];
  for (let open = left.filter((list) => list.length > 0); open.length > 0; ) {
    const step = open[Number(picks.next().value) % open.length]?.shift();
    if (step !== undefined) all.push(step);
    open = left.filter((list) => list.length > 0);
  }
  return all;
}

const inOrder = (actions: Iterable<EventAction>) =>
  [...actions].sort((a, b) => a.at_ms - b.at_ms || (a.eventId < b.eventId ? -1 : 1));

/** Plays steps as the engine does, each by what awards there are before its moment, and gives what stands. */
function play(rule: Pick<AchievementRule, 'test' | 'repeatable'>, steps: readonly Step[]) {
  const actions = new Map<string, EventAction>();
  let standing: StandingAward[] = [];
  for (const { eventId, action } of steps) {
    const before = inOrder(actions.values());
    const at_ms = (action ?? actions.get(eventId))?.at_ms;
    if (action === null) actions.delete(eventId);
    else actions.set(eventId, action);
    if (at_ms === undefined) continue;
    const after = inOrder(actions.values());
    const earlier = standing.filter(({ reached_ms }) => reached_ms < at_ms);
    const later = standing.filter((award) => !earlier.includes(award));
    const dueOf = (all: readonly EventAction[]) => dueFrom(rule, all, { at_ms, earlier });
    const due = { before: dueOf(before), after: dueOf(after) };
    const { moved, lost, earned } = decideAwardChanges({ ...rule, isCut: false }, due, later);
    expect(lost.length + earned.length).toBeLessThan(2);
    const awardOf = ({ span, action: by }: (typeof earned)[number]) => ({ ...span, eventId: by.eventId });
    const gone = [...lost, ...moved.map(({ award }) => award)];
    standing = [
      ...standing.filter((award) => !gone.includes(award)),
      ...moved.map(({ to }) => awardOf(to)),
      ...earned.map(awardOf),
    ];
  }
  return { actions: inOrder(actions.values()), standing };
}

function dueFrom(
  rule: Pick<AchievementRule, 'test' | 'repeatable'>,
  all: readonly EventAction[],
  { at_ms, earlier }: { readonly at_ms: number; readonly earlier: readonly StandingAward[] },
) {
  const isCount = rule.test.kind === 'nth';
  const latest_ms = Math.max(Number.NEGATIVE_INFINITY, ...earlier.map(({ reached_ms }) => reached_ms));
  return dueAwards(rule, {
    zone: 'UTC',
    actions: isCount ? all.filter((it) => it.at_ms >= at_ms) : all,
    before: {
      awards: earlier.length,
      latest_ms,
      actions: isCount ? all.filter((it) => it.at_ms < at_ms).length : 0,
    },
  });
}

test('in any order of actions and refunds, the awards stand that follow from what is left', () => {
  fc.assert(
    fc.property(HISTORIES, RULES, fc.infiniteStream(fc.nat()), (histories, rule, picks) => {
      const { actions, standing } = play(rule, woven(stepsOf(histories), picks));
      const before = { awards: 0, latest_ms: Number.NEGATIVE_INFINITY, actions: 0 };
      const due = dueAwards(rule, { zone: 'UTC', actions, before });
      const expected = due.map(({ span, action }) => ({ ...span, eventId: action.eventId }));
      const sorted = standing.toSorted(
        (a, b) => a.reached_ms - b.reached_ms || (a.eventId < b.eventId ? -1 : 1),
      );
      expect(sorted).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test('an award of which it is not known what it rests on stays, and none comes beside it', () => {
  const at = (hours: number, minor: bigint): EventAction => ({
    ...{ eventId: `e${hours}`, at_ms: T0 + hours * HOUR_MS, value: usd(minor) },
  });
  const rule = { test: TESTS[2] as AchievementRule['test'], repeatable: false };
  const standing = [{ eventId: 'unknown', from_ms: T0, reached_ms: T0 + 99 * HOUR_MS, zone: 'UTC' }];
  const due = {
    before: dueFrom(rule, [at(1, 600n)], { at_ms: T0, earlier: [] }),
    after: dueFrom(rule, [at(1, 600n), at(2, 600n)], { at_ms: T0, earlier: [] }),
  };
  expect(due.after).toHaveLength(1);
  expect(decideAwardChanges({ ...rule, isCut: false }, due, standing)).toEqual({
    ...{ moved: [], lost: [], earned: [], known: [] },
  });
});

test('where more actions follow than are looked at, awards move, and none comes or goes at the end', () => {
  const at = (hours: number): EventAction => ({
    ...{ eventId: `e${hours}`, at_ms: T0 + hours * HOUR_MS, value: null },
  });
  const rule = { test: { kind: 'nth', event: 'it', count: 2 } as const, repeatable: true };
  const dueOf = (...hours: readonly number[]) =>
    dueFrom(rule, hours.map(at), { at_ms: at(1).at_ms, earlier: [] });
  const changed = (before: ReturnType<typeof dueOf>, after: ReturnType<typeof dueOf>) => {
    const standing = before.map(({ span, action }) => ({ ...span, eventId: action.eventId }));
    const { moved, lost, earned } = decideAwardChanges({ ...rule, isCut: true }, { before, after }, standing);
    return [moved.map(({ award, to }) => [award.eventId, to.action.eventId]), lost.length, earned.length];
  };
  expect(changed(dueOf(2, 3, 4), dueOf(1, 2, 3, 4))).toEqual([[['e3', 'e2']], 0, 0]);
  expect(changed(dueOf(1, 2, 3, 4), dueOf(2, 3, 4))).toEqual([[['e2', 'e3']], 0, 0]);
});
