import { formatMoney, type MoneyJson } from '../../domain/money.ts';

const moneyText = ({ minor, unit }: MoneyJson): string => formatMoney({ minor: BigInt(minor), unit });

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
export function explainChange(trace: unknown): string[] {
  const { full, reversed, qualified_by, qualifies_instead_of, ...change } = (trace ?? {}) as ChangeTrace;
  const taken = (reversed ?? []).map(explainTaken);
  return [
    ...(change.reinstates === undefined ? [] : [AGAIN]),
    ...(change.restored ?? []).map(explainRestored),
    ...(full === undefined ? [] : [full ? WHOLE : PART]),
    ...(qualifies_instead_of === undefined ? [] : [change.reinstates === undefined ? EARLIER : BACK]),
    ...(full !== undefined && taken.length === 0 ? ['Nothing had been granted for it.'] : taken),
    ...(qualified_by === undefined ? [] : ['Another action qualifies the referral in its place.']),
  ];
}

const WHOLE = 'Nothing is left of what it takes back.';
const PART = 'It takes back a part, and the rest of the event stands.';
const EARLIER = 'It happened before the action that had qualified the referral, and qualifies it instead.';

const AGAIN = 'It takes a refund back, so that the action counts as if that refund had never come.';

const explainRestored = ({ ruleId, amount }: Taken): string =>
  `${moneyText(amount)} came back to what rule “${ruleId}” granted.`;
const BACK = 'The action happened before the one that had qualified the referral, and qualifies it again.';

type Taken = NonNullable<ChangeTrace['reversed']>[number];

const explainTaken = ({ ruleId, amount }: Taken): string =>
  amount.minor === '0'
    ? `What rule “${ruleId}” gave was withdrawn.`
    : `Of what rule “${ruleId}” granted, ${moneyText(amount)} went back.`;
