import { UUID_PATTERN } from '../../platform/ids.ts';

/** The fields by which inputs name members by our ids. */
const MEMBER_FIELDS = ['memberId', 'referrerId'] as const;

/** Reads a member by our id, or the one into whom they were merged; null: there is none. */
interface Members {
  read(programId: string, which: { readonly id: string }): Promise<{ readonly id: string } | null>;
}

/**
 * An input with the ids of members who were merged into others replaced by those of the ones who stay, so
 * that each procedure is about the member to whom the id leads. Others stay as they are.
 */
export async function ledInput(members: Members, programId: string, input: unknown): Promise<unknown> {
  if (input === null || typeof input !== 'object') return input;
  const fields = input as Readonly<Record<string, unknown>>;
  const led: Record<string, string> = {};
  for (const field of MEMBER_FIELDS) {
    const id = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (typeof id !== 'string' || !UUID_PATTERN.test(id)) continue;
    const member = await members.read(programId, { id });
    if (member !== null && member.id !== id.toLowerCase()) led[field] = member.id;
  }
  return Object.keys(led).length === 0 ? input : { ...fields, ...led };
}
