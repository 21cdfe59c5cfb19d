import { z } from 'zod';
import { normalizeEmail } from '../../domain/members/email.ts';
import type { Database } from '../../prisma/client.ts';
import { allows, type Principal } from '../auth/auth.ts';
import { fail, unwrap } from '../http/errors.ts';
import { given } from '../trpc/given.ts';
import { byMemberId } from '../trpc/lookups.ts';
import { dateFields, email, externalId, id, pageFields } from '../trpc/schemas.ts';

/** More members than this do not share an address or an id. */
const MATCHES_MAX = 100;

/** What an operator knows about the member whom a list is to be about. */
export const memberFilters = {
  externalId: externalId.optional(),
  email: email.meta({ description: 'The address of a member; needs the scope `emails:read`.' }).optional(),
  code: z
    .string()
    .trim()
    .toLowerCase()
    .min(1)
    .max(50)
    .meta({ description: 'The referral code of a member.', examples: ['k7m2xq9'] })
    .optional(),
};

const filters = z.object(memberFilters);
type MemberFilters = z.infer<typeof filters>;

/** Parts what is asked of the member from the rest of a list's input. */
export function splitMember<I extends MemberFilters>({ externalId, email: address, code, ...rest }: I) {
  return { member: { externalId, email: address, code }, rest };
}

/**
 * Prisma's condition on the members that are asked for. Addresses are compared in their normal form, since
 * two spellings of one mailbox are one. Throws `scope_missing` and `email_malformed`.
 */
export function memberWhere(
  principal: Principal,
  { externalId: theirId, email: address, code }: MemberFilters,
) {
  if (address !== undefined && !allows(principal, 'emails:read')) {
    throw fail('scope_missing', 'This API key lacks the scope `emails:read`: it cannot search by e-mail.');
  }
  const emailKey = address === undefined ? undefined : unwrap(normalizeEmail(address)).key;
  const known = given({ emailKey, referralCode: code });
  return {
    mergedInto: null,
    AND: [
      // What one account was known by leads to the one into which it was merged.
      ...Object.entries(known).map(([name, value]) => ({
        OR: [{ [name]: value }, { merged: { some: { [name]: value } } }],
      })),
      ...(theirId === undefined
        ? []
        : [{ OR: [{ externalId: theirId }, { aliases: { some: { externalId: theirId } } }] }]),
    ],
  };
}

/** The ids of the members that are asked for; null when any member will do. Throws as `memberWhere` does. */
export async function matchingMembers(
  db: Database,
  programId: string,
  principal: Principal,
  asked: MemberFilters,
): Promise<string[] | null> {
  const where = memberWhere(principal, asked);
  if (where.AND.length === 0) return null;
  const rows = await db.member.findMany({
    where: { programId, ...where },
    select: { id: true },
    take: MATCHES_MAX,
  });
  return rows.map(({ id }) => id);
}

/** What a list of what members have may be asked for. */
export const ownerFilters = {
  ...pageFields,
  ...dateFields,
  ...memberFilters,
  memberId: id.optional(),
  referralId: id.optional(),
};

interface OwnerContext {
  readonly programId: string;
  readonly principal: Principal;
  readonly services: { readonly db: Database };
}

interface OwnerFilters extends MemberFilters {
  readonly memberId?: string | undefined;
}

/**
 * The condition on the rows of such a list by its members, and the rest of its input. Throws as `memberWhere`
 * does.
 */
export async function ownedBy<I extends OwnerFilters>(
  { programId, principal, services: { db } }: OwnerContext,
  input: I,
) {
  const { member, rest } = splitMember(input);
  const ids = await matchingMembers(db, programId, principal, member);
  const where = { programId, ...(ids === null ? {} : { memberId: { in: ids } }) };
  return { where, rest: await byMemberId(db, programId, rest) };
}
