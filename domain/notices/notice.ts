import { isUnit } from '../iso4217.ts';
import type { MoneyJson } from '../money.ts';
import type { NoticeKind } from './kinds.ts';

/** A message of the outbox, as it stands there. */
export interface ToldMessage {
  readonly key: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What a notice's text is made from: ids, amounts, counts, and names that the program itself gave. Nothing of a person. */
export type NoticeParams = Readonly<Record<string, string | number | MoneyJson>>;

export interface Notice {
  readonly kind: NoticeKind;
  readonly params: NoticeParams;
}

/** What readers look at; a field that is missing, or of another form than it should be, reads as nothing. */
interface Payload {
  readonly [name: string]: unknown;
  readonly memberId?: unknown;
  readonly referrerId?: unknown;
  readonly nth?: unknown;
  readonly kind?: unknown;
  readonly label?: unknown;
  readonly status?: unknown;
  readonly unit?: unknown;
  readonly amount?: unknown;
  readonly amountMinor?: unknown;
  readonly reversed?: unknown;
  readonly rank?: unknown;
  readonly milestoneId?: unknown;
  /** Of a level: the one that was reached. */
  readonly to?: unknown;
  readonly name?: unknown;
}

/** The params that a payload gives, or null when there is nothing in it for this member. */
type Reader = (payload: Payload, memberId: string) => NoticeParams | null;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Named fields that are texts, such as ids. */
function texts(payload: Payload, ...names: readonly string[]): NoticeParams {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = payload[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

/** Money from minor units, as a number or a decimal string, and a unit; null when it is none or nothing. */
function moneyFrom(minor: unknown, unit: unknown): MoneyJson | null {
  const digits = typeof minor === 'number' ? String(minor) : text(minor);
  if (!/^[1-9][0-9]{0,15}$/.test(digits) || typeof unit !== 'string' || !isUnit(unit)) return null;
  return { minor: digits, unit };
}

function amountIn(value: unknown): MoneyJson | null {
  const { minor, unit } = (value ?? {}) as { readonly minor?: unknown; readonly unit?: unknown };
  return moneyFrom(minor, unit);
}

/** What was won, in three variables of which a template chooses. */
function won({ kind, label, unit, amountMinor }: Payload): NoticeParams | null {
  if (kind === 'badge' || kind === 'perk') return { benefit: kind, label: text(label), amount: '' };
  const amount = moneyFrom(amountMinor, unit);
  return amount === null ? null : { benefit: 'credit', label: '', amount };
}

const count = (value: unknown): number => (Number.isSafeInteger(Number(value)) ? Number(value) : 0);

/** Sums what was taken of this member; amounts of one refund have one unit. */
function takenFrom({ reversed }: Payload, memberId: string): MoneyJson | null {
  const own = (Array.isArray(reversed) ? (reversed as readonly Payload[]) : [])
    .filter((item) => item.memberId === memberId)
    .flatMap((item) => amountIn(item.amount) ?? []);
  const [first] = own;
  if (first === undefined) return null;
  const minor = own.filter(({ unit }) => unit === first.unit).reduce((sum, it) => sum + BigInt(it.minor), 0n);
  return moneyFrom(minor.toString(), first.unit);
}

const redemption: Reader = (payload) => {
  const amount = amountIn(payload.amount);
  return amount === null ? null : { amount, ...texts(payload, 'redemptionId') };
};

const READERS: Readonly<Record<NoticeKind, Reader>> = {
  // The one who signed up knows; the one whose link it was is told.
  'referral.signed_up': (payload, memberId) =>
    payload.referrerId === memberId ? texts(payload, 'referralId') : null,
  'referral.qualified': (payload) => ({ nth: count(payload.nth), ...texts(payload, 'referralId') }),
  'reward.granted': (payload) => {
    const what = won(payload);
    if (what === null) return null;
    return {
      ...what,
      status: payload.status === 'held' ? 'held' : 'available',
      ...texts(payload, 'rewardId'),
    };
  },
  'reward.available': (payload) => {
    const amount = moneyFrom(payload.amountMinor, payload.unit);
    return amount === null ? null : { amount, ...texts(payload, 'rewardId') };
  },
  'reward.reversed': (payload, memberId) => {
    const amount = takenFrom(payload, memberId);
    return amount === null ? null : { amount };
  },
  'redemption.awaiting_approval': redemption,
  'redemption.needs_operator': redemption,
  'redemption.settled': redemption,
  'redemption.released': redemption,
  'redemption.refused': redemption,
  'badge.issued': (payload) => ({
    label: text(payload.label),
    ...texts(payload, 'credentialId', 'rewardId'),
  }),
  'season.prize_awarded': (payload) => {
    const what = won(payload);
    return what === null ? null : { ...what, rank: count(payload.rank), ...texts(payload, 'seasonId') };
  },
  // The policy gives these names; until it is asked, the ids stand for them.
  'milestone.reached': ({ milestoneId }) =>
    typeof milestoneId === 'string' ? { milestone: milestoneId, milestoneId } : null,
  'level.reached': ({ to }) => (typeof to === 'string' ? { level: to, levelId: to } : null),
  'achievement.earned': (payload) => ({ achievement: text(payload.name), ...texts(payload, 'awardId') }),
  'survey.asked': (payload) => texts(payload, 'surveyId'),
  'survey.reminded': (payload) => texts(payload, 'surveyId'),
  'improvement.made': (payload) => texts(payload, 'improvementId'),
};

/**
 * What a message of the outbox is to a member: the notice, or null when it is of no kind that members are told, or has nothing
 * in it for this one. The same message always gives the same.
 */
export function noticeOf({ type, payload }: ToldMessage, memberId: string): Notice | null {
  if (!Object.hasOwn(READERS, type)) return null;
  const kind = type as NoticeKind;
  const params = READERS[kind](payload, memberId);
  return params === null ? null : { kind, params };
}

/** A notice's business key within its program and member. */
export const noticeKey = (message: string, memberId: string): string => `${message}:${memberId}`;
