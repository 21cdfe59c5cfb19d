import { z } from 'zod';
import type { Database, Tx } from '../../prisma/client.ts';
import type { Member } from '../../prisma/generated/client.ts';
import { fail } from '../http/errors.ts';
import { instant } from './schemas.ts';

/** The member, or `member_unknown`: absent and another program's alike. */
export async function findMember(db: Database | Tx, programId: string, id: string): Promise<Member> {
  const member = await db.member.findUnique({ where: { programId_id: { programId, id } } });
  if (member === null) throw fail('member_unknown', 'There is no such member.');
  return member;
}

const TEN_YEARS_MS = 10 * 366 * 86_400_000;

/** A moment still to come, ten years ahead at the most. */
export const futureInstant = instant.refine((text) => {
  const ahead_ms = Date.parse(text) - Date.now();
  return ahead_ms > 0 && ahead_ms < TEN_YEARS_MS;
}, 'must lie ahead, by ten years at the most');

/** A workflow's id from the row that it decides about. */
export const referralWorkflow = (id: string): string => `referral-${id}`;
export const redemptionWorkflow = (id: string): string => `redemption-${id}`;

export const surveyWorkflow = (id: string): string => `survey-${id}`;

/** Accepts an empty input as well as none. */
export const nothing = z.strictObject({}).optional();
