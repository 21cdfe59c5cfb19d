/**
 * Why a member is told. `service`: the answer to what the member asked for, or that something was taken back;
 * it is not held back by the daily cap. `engagement`: everything else.
 */
export type NoticeCategory = 'service' | 'engagement';

export const NOTICE_CATEGORIES = ['service', 'engagement'] as const satisfies readonly NoticeCategory[];

/**
 * What a template's variable is: a number can be counted and ordered, money comes as a text in the reader's
 * form.
 */
export type VariableType = 'text' | 'number' | 'money';

interface NoticeKindRule {
  readonly category: NoticeCategory;
  /** What a template of this kind may name, besides `program`, the program's name. */
  readonly variables: Readonly<Record<string, VariableType>>;
  /** What a template of this kind has to name, as it would be of no use without. */
  readonly required: readonly string[];
}

/**
 * What was won: `benefit` is credit, badge or perk; `amount` is empty for badges and perks, `label` for
 * credit.
 */
const WON = { benefit: 'text', amount: 'money', label: 'text' } as const;
const AMOUNT = { amount: 'money' } as const;

const engagement = (variables: NoticeKindRule['variables'], ...required: string[]): NoticeKindRule => ({
  category: 'engagement',
  variables,
  required,
});
const service = (variables: NoticeKindRule['variables'], ...required: string[]): NoticeKindRule => ({
  category: 'service',
  variables,
  required,
});

/** Every kind of notice, named as the messages of the outbox are. */
export const NOTICE_RULES = {
  'referral.signed_up': engagement({}),
  'referral.qualified': engagement({ nth: 'number' }),
  /** `status` is held or available. */
  'reward.granted': engagement({ ...WON, status: 'text' }),
  'reward.available': engagement(AMOUNT),
  'reward.reversed': service(AMOUNT),
  'reward.restored': service(AMOUNT),
  'redemption.awaiting_approval': service(AMOUNT),
  'redemption.needs_operator': service(AMOUNT),
  'redemption.settled': service(AMOUNT),
  'redemption.released': service(AMOUNT),
  'redemption.refused': service(AMOUNT),
  'badge.issued': engagement({ label: 'text', url: 'text' }),
  'season.prize_awarded': engagement({ ...WON, season: 'text', rank: 'number' }),
  'milestone.reached': engagement({ milestone: 'text' }),
  'level.reached': engagement({ level: 'text' }),
  'achievement.earned': engagement({ achievement: 'text' }),
  'survey.asked': engagement({ url: 'text' }, 'url'),
  'survey.reminded': engagement({ url: 'text' }, 'url'),
  'improvement.made': engagement({ improvement: 'text' }, 'improvement'),
} as const satisfies Readonly<Record<string, NoticeKindRule>>;

export type NoticeKind = keyof typeof NOTICE_RULES;

export const NOTICE_KINDS = Object.keys(NOTICE_RULES) as readonly NoticeKind[];

export const isNoticeKind = (kind: string): kind is NoticeKind => Object.hasOwn(NOTICE_RULES, kind);

export const categoryOf = (kind: NoticeKind): NoticeCategory => NOTICE_RULES[kind].category;

/** The variables of a kind with what they are, `program` among them. */
export function variablesOf(kind: NoticeKind): Readonly<Record<string, VariableType>> {
  return { program: 'text', ...NOTICE_RULES[kind].variables };
}

/** The variables that every template of a kind has to name. */
export const requiredOf = (kind: NoticeKind): readonly string[] => NOTICE_RULES[kind].required;
