import type { MoneyJson } from '../../domain/money.ts';
import type { Speaker } from '../language/speaker.ts';

/** As `activities/referrals/refund.ts` and `record-action.ts` write it; other traces have none of this. */
interface ChangeTrace {
  readonly full?: boolean;
  readonly reversed?: readonly { readonly ruleId: string; readonly amount: MoneyJson }[];
  readonly qualified_by?: string;
  readonly qualifies_instead_of?: string;
}

/** What an event took back, and which action qualifies the referral from then on; none for other events. */
export function explainChange(by: Speaker, trace: unknown): string[] {
  const { full, reversed = [], qualified_by, qualifies_instead_of } = (trace ?? {}) as ChangeTrace;
  const taken = reversed.map((one) => explainTaken(by, one));
  return [
    ...(full === undefined ? [] : [by.say(full ? 'refund.whole' : 'refund.part')]),
    ...(qualifies_instead_of === undefined ? [] : [by.say('refund.earlier')]),
    ...(full !== undefined && taken.length === 0 ? [by.say('refund.of_nothing')] : taken),
    ...(qualified_by === undefined ? [] : [by.say('refund.successor')]),
  ];
}

type Taken = NonNullable<ChangeTrace['reversed']>[number];

const explainTaken = (by: Speaker, { ruleId, amount }: Taken): string =>
  amount.minor === '0'
    ? by.say('refund.withdrawn', { rule: ruleId })
    : by.say('refund.taken', { rule: ruleId, amount: by.amount(amount) });
