/**
 * What is personal in a table, column by column: an erasure and a member's export are made from it. A column
 * that no list names fails a test, so that a table to come is thought of. SQL speaks of a row as `t`, and of
 * the member as `:program`, `:member`, `:subjects`, the external ids that lead to them, and `:signups`, the
 * referrals that signups by these would begin.
 */
export interface TableRule {
  /**
   * Columns, parted by spaces, that say nothing of a person: ids of ours, amounts, times, states, words of
   * the program's own. Ids of a member are pseudonyms, since the row of `members` alone says whose they are.
   */
  readonly kept: string;
  /** The member's rows: a condition. Left out: no row is a member's. */
  readonly of?: string;
  /** Personal columns of the member's rows, with what an erasure makes of each: an expression. */
  readonly becomes?: Readonly<Record<string, string>>;
  /** Personal columns that go with their row, which an erasure deletes. */
  readonly goes?: string;
  /** Who erases its rows, where one statement does not: a step of `engine/privacy/`. */
  readonly by?: ErasureStep;
  /**
   * Personal columns of people who are no members: operators, and whoever signs in. They leave with the
   * account of that person, or when their time is over.
   */
  readonly others?: string;
  /** How an export reads it, where that is otherwise than all rows of `of` with all their columns. */
  readonly exports?: readonly ExportPart[];
}

/** Steps of an erasure that do more than one statement on one table. */
export type ErasureStep = 'events' | 'payouts' | 'mails' | 'answers' | 'badges' | 'audit' | 'account';

/** A member's part of a table, as an export tells it. */
export interface ExportPart {
  readonly as: string;
  readonly of: string;
  /** Columns that are left out, parted by spaces: another person's, or a secret. */
  readonly hides?: string;
  /** Expressions that stand for columns of which a part is hidden. */
  readonly shows?: Readonly<Record<string, string>>;
}

/** The names in a list. */
export const namesIn = (list: string | undefined): string[] =>
  (list ?? '').split(/\s+/).filter((name) => name !== '');

/** Every column that a rule names, as often as it does. */
export const columnsIn = ({ kept, becomes, goes, others }: TableRule): string[] => [
  ...namesIn(kept),
  ...Object.keys(becomes ?? {}),
  ...namesIn(goes),
  ...namesIn(others),
];

/** The condition of a table whose rows name their member. */
export const OWN = 't.member_id = :member';

/** A select of the ids of what a member has of a kind. */
export const idsOf = (
  table: 'redemptions' | 'rewards' | 'refused_rewards' | 'surveys' | 'links' | 'notices',
): string => `SELECT x.id FROM ${table} x WHERE x.program_id = :program AND x.member_id = :member`;

/** The referrals that a member is in, on either side, or would be in, by a word that was refused. */
export const REFERRALS_OF = `
    SELECT x.id FROM referrals x WHERE x.program_id = :program AND :member IN (x.referrer_id, x.referred_id)
    UNION SELECT unnest(:signups)`;

/** What an erased member is called where the host's id stood. */
export const PSEUDONYM = "'erased-' || :member";
