import type { MoneyJson } from '../../domain/money.ts';
import type { Speaker } from '../language/speaker.ts';

/** As `refund.ts`, `reinstate.ts` and `record-action.ts` of the referral's activities write it. */
interface ChangeTrace {
  readonly full?: boolean;
  readonly reversed?: readonly { readonly ruleId: string; readonly amount: MoneyJson }[];
  readonly qualified_by?: string;
  readonly reinstates?: string;
  readonly restored?: readonly { readonly ruleId: string; readonly amount: MoneyJson }[];
  readonly qualifies_instead_of?: string;
}

/** What an event took back, and which action qualifies the referral from then on; none for other events. */
export function explainChange(by: Speaker, trace: unknown): string[] {
  const { full, reversed = [], qualified_by, qualifies_instead_of, ...change } = (trace ?? {}) as ChangeTrace;
  const { reinstates, restored = [] } = change;
  const taken = reversed.map((one) => explainTaken(by, one));
  const earlier = reinstates === undefined ? 'refund.earlier' : 'refund.earlier_again';
  return [
    ...(reinstates === undefined ? [] : [by.say('refund.reinstates')]),
    ...restored.map(({ ruleId: rule, amount }) =>
      by.say('refund.restored', { rule, amount: by.amount(amount) }),
    ),
    ...(full === undefined ? [] : [by.say(full ? 'refund.whole' : 'refund.part')]),
    ...(qualifies_instead_of === undefined ? [] : [by.say(earlier)]),
    ...(full !== undefined && taken.length === 0 ? [by.say('refund.of_nothing')] : taken),
    ...(qualified_by === undefined ? [] : [by.say('refund.successor')]),
  ];
}

type Taken = NonNullable<ChangeTrace['reversed']>[number];

const explainTaken = (by: Speaker, { ruleId, amount }: Taken): string =>
  amount.minor === '0'
    ? by.say('refund.withdrawn', { rule: ruleId })
    : by.say('refund.taken', { rule: ruleId, amount: by.amount(amount) });
