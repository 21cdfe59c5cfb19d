import { UUID_PATTERN } from '../../platform/ids.ts';

/** The fields by which inputs name members by our ids. */
const MEMBER_FIELDS = ['memberId', 'referrerId'] as const;

/**
 * An input with the ids of members who were merged into others replaced by those of the ones who stay, so
 * that each procedure is about the member to whom the id leads: `staysFor` says who, and the id itself for all
 * others.
 */
export async function ledInput(input: unknown, staysFor: (id: string) => Promise<string>): Promise<unknown> {
  if (input === null || typeof input !== 'object') return input;
  const fields = input as Readonly<Record<string, unknown>>;
  const led: Record<string, string> = {};
  for (const field of MEMBER_FIELDS) {
    const id = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (typeof id !== 'string' || !UUID_PATTERN.test(id)) continue;
    const staysId = await staysFor(id);
    if (staysId !== id) led[field] = staysId;
  }
  return Object.keys(led).length === 0 ? input : { ...fields, ...led };
}
