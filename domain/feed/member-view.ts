import { MESSAGE_TYPES, type Message, type MessagePayload, type MessageType } from '../messages.ts';

/** What a feed shows a member of a message. */
export interface MemberMessage {
  readonly type: MessageType;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * The fields of each type that the member whom it concerns is shown, as `me` shows them; null: it is for
 * operators. What is not named is not shown, so a new field is hidden until somebody decides.
 */
const SHOWN: { readonly [T in MessageType]: readonly (keyof MessagePayload<T>)[] | null } = {
  'referral.invited': ['referralId', 'linkId'],
  'referral.signed_up': ['referralId'],
  'referral.in_review': ['referralId'],
  'referral.rejected': ['referralId'],
  'referral.qualified': ['referralId', 'nth'],
  'referral.moved': null,
  'referral.expired': ['referralId'],
  'referral.closed': ['referralId'],
  'reward.granted': ['rewardId', 'referralId', 'source', 'kind', 'label', 'amount', 'status', 'maturesAt'],
  'reward.available': ['rewardId', 'referralId', 'amount'],
  'reward.held': null,
  'reward.released': null,
  'reward.reversed': ['referralId', 'reversed'],
  'reward.restored': ['referralId', 'restored'],
  'reward.revoked': ['rewardId', 'referralId', 'kind', 'label'],
  'badge.issued': ['rewardId', 'credentialId', 'label'],
  'points.earned': ['source', 'amount'],
  'points.taken': ['source', 'amount'],
  'level.reached': ['from', 'to', 'passed', 'lifetime'],
  'level.fell': ['from', 'to', 'passed', 'lifetime'],
  'achievement.earned': ['achievement', 'name', 'number', 'benefit'],
  'achievement.lost': ['achievement'],
  'milestone.reached': ['milestoneId', 'step', 'at', 'amount', 'nth', 'rewardId'],
  'milestone.reversed': ['milestoneId', 'step', 'at', 'amount', 'nth', 'rewardId'],
  'season.prize_awarded': ['seasonId', 'rank', 'kind', 'label', 'amount'],
  'redemption.refused': ['redemptionId', 'amount', 'method', 'itemId', 'status'],
  'redemption.awaiting_approval': ['redemptionId', 'amount', 'method', 'itemId', 'status'],
  'redemption.paying': ['redemptionId', 'amount', 'method', 'itemId', 'status'],
  'redemption.needs_operator': ['redemptionId', 'amount', 'method', 'itemId', 'status'],
  'redemption.settled': ['redemptionId', 'amount', 'method', 'itemId', 'status'],
  'redemption.released': ['redemptionId', 'amount', 'method', 'itemId', 'status'],
  'survey.asked': ['surveyId', 'ruleId'],
  'survey.reminded': ['surveyId', 'ruleId'],
  'survey.answered': ['surveyId', 'ruleId'],
  'survey.lapsed': ['surveyId', 'ruleId'],
  'survey.promoter': null,
  'survey.detractor': null,
  'improvement.made': ['improvementId'],
  'member.blocked': null,
  'member.unblocked': null,
  'member.renamed': null,
  'member.erased': null,
  'member.merged': null,
  'program.started': null,
  'program.paused': null,
  'program.resumed': null,
  'program.ended': null,
  'budget.warned': null,
  'budget.exhausted': null,
  'webhook.ping': null,
  'webhook.disabled': null,
};

/** The types that a member may be shown. */
export const MEMBER_FEED_TYPES: readonly MessageType[] = MESSAGE_TYPES.filter(
  (type) => SHOWN[type] !== null && type !== 'referral.in_review',
);

/**
 * What a member is shown of a message; null when it is not for them. Whoever cheats is not told that somebody
 * looks: a signup under review reads as one that counts, and its approval is not told.
 */
export function memberMessage(message: Message, memberId: string): MemberMessage | null {
  const { type, key } = message;
  const shown = SHOWN[type];
  if (shown === null || !concerns(message, memberId) || isApproval(type, key)) return null;
  const payload = message.payload as Readonly<Record<string, unknown>>;
  const data = Object.fromEntries(shown.map((field) => [field, payload[field]]));
  return {
    type: type === 'referral.in_review' ? 'referral.signed_up' : type,
    data: { ...data, ...ownAmounts(message, memberId) },
  };
}

/** Whom a payload is about says more than who is told: a friend is told of a referral that is another's. */
function concerns({ members, payload }: Message, memberId: string): boolean {
  if ('memberId' in payload) return payload.memberId === memberId;
  if ('referrerId' in payload) return payload.referrerId === memberId;
  return members.includes(memberId);
}

/** The key of a message that a decision wrote begins with the type of its command. */
const isApproval = (type: MessageType, key: string): boolean =>
  type === 'referral.signed_up' && key.startsWith('review.approved:');

/** Of a refund that concerns several members, what concerns this one. */
function ownAmounts(message: Message, memberId: string) {
  if (message.type === 'reward.reversed') return { reversed: ownOf(message.payload.reversed, memberId) };
  if (message.type === 'reward.restored') return { restored: ownOf(message.payload.restored, memberId) };
  return {};
}

const ownOf = (amounts: MessagePayload<'reward.reversed'>['reversed'], memberId: string) =>
  amounts
    .filter((taken) => taken.memberId === memberId)
    .map(({ rewardId, amount }) => ({ rewardId, amount }));
