import { erasedRefusal } from '../../domain/privacy/erasure.ts';
import { memberIdBy, whoStays } from '../../engine/members/find.ts';
import { COUNTS_ALONE, type MemberRow } from '../../engine/members/row.ts';
import { nameId } from '../../platform/ids.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { fail, unwrap } from '../http/errors.ts';

/** A member by our id, or by any external id that was ever theirs. */
export interface WhichMember {
  readonly memberId?: string | undefined;
  readonly externalId?: string | undefined;
}

/** A member who is named for sure. */
export type NamedMember =
  | { readonly memberId: string; readonly externalId?: undefined }
  | { readonly memberId?: undefined; readonly externalId: string };

/** The same of the procedures on members themselves, which name them by `id`. */
type NamedById =
  | { readonly id: string; readonly externalId?: undefined }
  | { readonly id?: undefined; readonly externalId: string };

export const namedById = (input: NamedById): NamedMember =>
  input.id === undefined ? { externalId: input.externalId } : { memberId: input.id };

/**
 * Our id of the member whom an input names, or of the one into whom they were merged; undefined: it names
 * nobody. Of an external id that leads to nobody it is the id that its member would have: there is no such
 * member yet, as with an unknown id of ours.
 */
export async function memberIdOf(db: Database | Tx, programId: string, which: NamedMember): Promise<string>;
export async function memberIdOf(
  db: Database | Tx,
  programId: string,
  which: WhichMember,
): Promise<string | undefined>;
export async function memberIdOf(
  db: Database | Tx,
  programId: string,
  { memberId, externalId }: WhichMember,
): Promise<string | undefined> {
  if (externalId === undefined) return memberId && (await whoStays(db, programId, memberId));
  return (await memberIdBy(db, programId, externalId)) ?? nameId('member', programId, externalId);
}

/** The member, or `member_unknown`: absent and another program's alike, and whichever id names them. */
export async function findMember(
  db: Database | Tx,
  programId: string,
  which: WhichMember,
): Promise<MemberRow> {
  const { memberId, externalId } = which;
  const id = externalId === undefined ? memberId : await memberIdOf(db, programId, which);
  const account = await findAccount(db, programId, id);
  return account.mergedInto === null ? account : await findAccount(db, programId, account.mergedInto);
}

/**
 * A member of whom something is to be put on record. An erasure or a block at the same moment sees it, or is
 * seen: the row is locked, shared. Throws `member_unknown`, and `member_erased`.
 */
export async function findMemberToChange(tx: Tx, programId: string, which: WhichMember): Promise<MemberRow> {
  const memberId = await memberIdOf(tx, programId, which);
  await tx.$executeRaw`
    SELECT FROM members WHERE program_id = ${programId}::uuid AND id = ${memberId ?? null}::uuid FOR SHARE`;
  const member = await findMember(tx, programId, { memberId });
  if (member.erasedAt !== null) unwrap(erasedRefusal);
  return member;
}

/** The very account that has an id of ours, merged into another or not; or `member_unknown`. */
export async function findAccount(
  db: Database | Tx,
  programId: string,
  id: string | undefined,
): Promise<MemberRow> {
  const member =
    id === undefined
      ? null
      : await db.member.findUnique({ where: { programId_id: { programId, id } }, omit: COUNTS_ALONE });
  if (member === null) throw fail('member_unknown', 'There is no such member.');
  return member;
}

/** The input of a list, with our id of the member in place of whichever names them. */
export async function byMemberId<I extends WhichMember>(
  db: Database | Tx,
  programId: string,
  { externalId, ...input }: I,
) {
  return { ...input, memberId: await memberIdOf(db, programId, { memberId: input.memberId, externalId }) };
}
