import { formatMoney, type MoneyJson } from '../../domain/money.ts';

const moneyText = ({ minor, unit }: MoneyJson): string => formatMoney({ minor: BigInt(minor), unit });

/** As `activities/referrals/refund.ts` and `record-action.ts` write it; other traces have none of this. */
interface ChangeTrace {
  readonly full?: boolean;
  readonly reversed?: readonly { readonly ruleId: string; readonly amount: MoneyJson }[];
  readonly qualified_by?: string;
  readonly qualifies_instead_of?: string;
}

/** What an event took back, and which action qualifies the referral from then on; none for other events. */
export function explainChange(trace: unknown): string[] {
  const { full, reversed, qualified_by, qualifies_instead_of } = (trace ?? {}) as ChangeTrace;
  const taken = (reversed ?? []).map(explainTaken);
  return [
    ...(full === undefined ? [] : [full ? WHOLE : PART]),
    ...(qualifies_instead_of === undefined ? [] : [EARLIER]),
    ...(full !== undefined && taken.length === 0 ? ['Nothing had been granted for it.'] : taken),
    ...(qualified_by === undefined ? [] : ['Another action qualifies the referral in its place.']),
  ];
}

const WHOLE = 'Nothing is left of what it takes back.';
const PART = 'It takes back a part, and the rest of the event stands.';
const EARLIER = 'It happened before the action that had qualified the referral, and qualifies it instead.';

type Taken = NonNullable<ChangeTrace['reversed']>[number];

const explainTaken = ({ ruleId, amount }: Taken): string =>
  amount.minor === '0'
    ? `What rule “${ruleId}” gave was withdrawn.`
    : `Of what rule “${ruleId}” granted, ${moneyText(amount)} went back.`;
