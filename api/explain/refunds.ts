import type { MoneyJson } from '../../domain/money.ts';
import type { Speaker } from '../language/speaker.ts';
import { explainRenumbered } from './numbers.ts';

/** As `refund.ts`, `reinstate.ts` and `write-action.ts` of the referral's activities write it. */
interface ChangeTrace {
  readonly full?: boolean;
  readonly reversed?: readonly { readonly ruleId: string; readonly amount: MoneyJson }[];
  readonly qualified_by?: string;
  /** The event by which this one is too late, though it had been accepted: `end-actions.ts`. */
  readonly ended_by?: string;
  readonly reinstates?: string;
  readonly restored?: readonly { readonly ruleId: string; readonly amount: MoneyJson }[];
  readonly qualifies_instead_of?: string;
  readonly does_not_qualify?: { readonly code: string; readonly message: string };
  readonly qualified_by_number?: string;
  readonly unqualified_by_number?: boolean;
  readonly numbers_left?: number;
  readonly qualified_by_count?: string;
  readonly unqualified_by_count?: boolean;
  /** What commands that go on with an event's work did: `nth-times.ts` and `recount-others.ts`. */
  readonly rewards_moved?: number;
  readonly referrals_asked?: number;
  /** The same for the member's points: `recount.ts` of the points' activities. */
  readonly actions_asked?: number;
  /** Achievements whose awards stand as of another time: `move-awards.ts` of the points' activities. */
  readonly moved_awards?: readonly string[];
}

/**
 * What an event took back, which action qualifies the referral from then on, and what became of it as its
 * referral's time turned out to have ended before; none for other events.
 */
export function explainChange(by: Speaker, trace: unknown, type = ''): string[] {
  const { full, reversed = [], qualified_by, qualifies_instead_of, ...change } = (trace ?? {}) as ChangeTrace;
  const { reinstates, restored = [], ended_by } = change;
  const taken = reversed.map((one) => explainTaken(by, one));
  const earlier = reinstates === undefined ? 'refund.earlier' : 'refund.earlier_again';
  const what = type === 'refund' ? 'refund' : 'action';
  return [
    ...(ended_by === undefined ? [] : [by.say('event.ended', { what })]),
    ...(reinstates === undefined ? [] : [by.say('refund.reinstates')]),
    ...restored.map(({ ruleId: rule, amount }) =>
      by.say('refund.restored', { rule, amount: by.amount(amount) }),
    ),
    ...(full === undefined ? [] : [by.say(full ? 'refund.whole' : 'refund.part')]),
    ...(qualifies_instead_of === undefined ? [] : [by.say(earlier)]),
    ...(full !== undefined && taken.length === 0 ? [by.say('refund.of_nothing')] : taken),
    ...(qualified_by === undefined ? [] : [by.say('refund.successor')]),
    ...explainNumbers(by, change),
    ...explainOthers(by, change),
    ...explainRenumbered(by, trace),
    ...(change.moved_awards ?? []).map((id) => by.say('event.achievement_moved', { id })),
  ];
}

/** What an action changed for those that happened after it, and why it does not qualify its referral. */
function explainNumbers(by: Speaker, trace: ChangeTrace): string[] {
  const { does_not_qualify: no, qualified_by_number, unqualified_by_number, numbers_left } = trace;
  const { qualified_by_count, unqualified_by_count } = trace;
  return [
    ...(no === undefined ? [] : [by.say('numbers.not_qualifying', { why: by.why(no.code, no.message) })]),
    ...(qualified_by_number === undefined ? [] : [by.say('numbers.qualified')]),
    ...(unqualified_by_number === undefined ? [] : [by.say('numbers.unqualified')]),
    ...(qualified_by_count === undefined ? [] : [by.say('count.qualified')]),
    ...(unqualified_by_count === undefined ? [] : [by.say('count.unqualified')]),
    ...(numbers_left === undefined ? [] : [by.say('count.left', { count: numbers_left })]),
  ];
}

/** What a command changed for other referrals of the referrer, or for the member's points. */
const explainOthers = (
  by: Speaker,
  { rewards_moved, referrals_asked, actions_asked }: ChangeTrace,
): string[] => [
  ...(rewards_moved === undefined ? [] : [by.say('count.rewards_moved', { count: rewards_moved })]),
  ...(referrals_asked === undefined ? [] : [by.say('count.asked', { count: referrals_asked })]),
  ...(actions_asked === undefined ? [] : [by.say('count.actions_asked', { count: actions_asked })]),
];

type Taken = NonNullable<ChangeTrace['reversed']>[number];

const explainTaken = (by: Speaker, { ruleId, amount }: Taken): string =>
  amount.minor === '0'
    ? by.say('refund.withdrawn', { rule: ruleId })
    : by.say('refund.taken', { rule: ruleId, amount: by.amount(amount) });
