import type { Member } from '../../prisma/generated/client.ts';

/** Columns that the referrals of a member ask for alone: what a recount has still to do. */
export const COUNTS_ALONE = { askedUntil: true, recountFrom: true, timedUntil: true } as const;

/** A member as most read them. */
export type MemberRow = Omit<Member, keyof typeof COUNTS_ALONE>;
