import type { Message, MessagePayload, MessageType } from '../messages.ts';
import type { MoneyJson } from '../money.ts';
import { isNoticeKind, type NoticeKind } from './kinds.ts';

/**
 * What a notice's text is made from: ids, amounts, counts, and names that the program itself gave. Nothing of
 * a person.
 */
export type NoticeParams = Readonly<Record<string, string | number | MoneyJson>>;

export interface Notice {
  readonly kind: NoticeKind;
  readonly params: NoticeParams;
}

/**
 * What a message means to a member: the notice, or null when members get no notices of its type, or when it
 * has nothing for this one. The same message always gives the same notice.
 */
export function noticeOf(message: Message, memberId: string): Notice | null {
  if (!isNoticed(message)) return null;
  const params = paramsOf(message, memberId);
  return params === null ? null : { kind: message.type, params };
}

/** A notice's business key within its program and member. */
export const noticeKey = (message: string, memberId: string): string => `${message}:${memberId}`;

const isNoticed = (message: Message): message is Message<NoticeKind> => isNoticeKind(message.type);

const paramsOf = <K extends NoticeKind>({ type, payload }: Message<K>, memberId: string) =>
  PARAMS[type](payload, memberId);

type ParamsOf<T extends MessageType> = (payload: MessagePayload<T>, memberId: string) => NoticeParams | null;

/**
 * By kind of notice, which is the type of the message: the params that the payload gives, or null when it
 * gives no notice.
 */
const PARAMS: { readonly [K in NoticeKind]: ParamsOf<K> } = {
  // Whoever signed up knows it; the member whose link it was gets the notice.
  'referral.signed_up': ({ referralId, referrerId }, memberId) =>
    referrerId === memberId ? { referralId } : null,
  'referral.qualified': ({ referralId, nth }) => ({ nth, referralId }),
  'reward.granted': (payload) =>
    benefitParams(payload, { status: payload.status, rewardId: payload.rewardId }),
  'reward.available': ({ rewardId, amount }) => amountParams(amount, { rewardId }),
  'reward.reversed': ({ reversed }, memberId) => amountParams(sumOf(reversed, memberId), {}),
  'reward.restored': ({ restored }, memberId) => amountParams(sumOf(restored, memberId), {}),
  'redemption.awaiting_approval': redemptionParams,
  'redemption.needs_operator': redemptionParams,
  'redemption.settled': redemptionParams,
  'redemption.released': redemptionParams,
  'redemption.refused': redemptionParams,
  'badge.issued': ({ rewardId, credentialId, label }) => ({ label: label ?? '', credentialId, rewardId }),
  'season.prize_awarded': (payload) =>
    benefitParams(payload, { rank: payload.rank, seasonId: payload.seasonId }),
  // The policy names milestones and levels; until it is read, their ids stand for the names.
  'milestone.reached': ({ milestoneId }) => ({ milestone: milestoneId, milestoneId }),
  'level.reached': ({ to }) => (to === null ? null : { level: to, levelId: to }),
  'achievement.earned': ({ awardId, name }) => ({ achievement: name, awardId }),
  'survey.asked': ({ surveyId }) => ({ surveyId }),
  'survey.reminded': ({ surveyId }) => ({ surveyId }),
  'improvement.made': ({ improvementId }) => ({ improvementId }),
};

function redemptionParams({ redemptionId, amount }: MessagePayload<'redemption.settled'>) {
  return amountParams(amount, { redemptionId });
}

/** The params of a notice about an amount; nothing is no news. */
function amountParams(amount: MoneyJson | null, others: NoticeParams): NoticeParams | null {
  return amount === null || amount.minor === '0' ? null : { amount, ...others };
}

type Benefit = Pick<MessagePayload<'reward.granted'>, 'kind' | 'label' | 'amount'>;

/** The params of a notice about a benefit: three variables of which a template chooses. */
function benefitParams({ kind, label, amount }: Benefit, others: NoticeParams): NoticeParams | null {
  if (kind === 'credit') return amountParams(amount, { benefit: kind, label: '', ...others });
  return { benefit: kind, label: label ?? '', amount: '', ...others };
}

type Reversed = MessagePayload<'reward.reversed'>['reversed'];

/** The sum of what was taken from this member, or restored; the amounts of one refund have one unit. */
function sumOf(reversed: Reversed, memberId: string): MoneyJson | null {
  const amounts = reversed.flatMap((it) =>
    it.memberId === memberId && it.amount !== null ? [it.amount] : [],
  );
  const [first] = amounts;
  if (first === undefined) return null;
  const minor = amounts
    .filter(({ unit }) => unit === first.unit)
    .reduce((sum, amount) => sum + BigInt(amount.minor), 0n);
  return { minor: minor.toString(), unit: first.unit };
}
