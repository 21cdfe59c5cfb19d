import { normalizeEmail } from '../../domain/members/email.ts';
import { keyedHash } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';

/** What an erased member, or what they did, was known by. */
export type MarkKind = 'external_id' | 'mailbox' | 'event';

export interface Mark {
  readonly kind: MarkKind;
  readonly hash: string;
}

/** How the list keeps a text: nobody without the secret can tell what it was, or try out what it may be. */
export const markOf = (secret: string, programId: string, kind: MarkKind, text: string): Mark => ({
  kind,
  hash: keyedHash(secret, `do not track ${programId} ${kind} ${text}`),
});

/** The mark of the mailbox that an address leads to; none where it is no address. */
export function mailboxMarks(secret: string, programId: string, email: string | null | undefined): Mark[] {
  const normal = email == null ? null : normalizeEmail(email);
  return normal?.ok === true ? [markOf(secret, programId, 'mailbox', normal.value.key)] : [];
}

/** Puts marks of an erased member on the list; those that are there stay. */
export async function addMarks(
  tx: Tx,
  { programId, memberId }: { readonly programId: string; readonly memberId: string },
  marks: readonly Mark[],
): Promise<void> {
  await tx.doNotTrack.createMany({
    data: marks.map((mark) => ({ programId, memberId, ...mark })),
    skipDuplicates: true,
  });
}

/** By which external id, and with which address, somebody comes. */
interface Comer {
  readonly programId: string;
  readonly externalId: string;
  readonly email?: string | null;
}

/** Whether somebody is on the do-not-track list, by their external id or their mailbox. */
export async function isErased(
  tx: Tx,
  secret: string,
  { programId, externalId, email }: Comer,
): Promise<boolean> {
  const marks = [
    markOf(secret, programId, 'external_id', externalId),
    ...mailboxMarks(secret, programId, email),
  ];
  const [row] = await tx.$queryRaw<{ isThere: boolean }[]>`
    SELECT EXISTS (SELECT FROM do_not_track
      WHERE program_id = ${programId}::uuid AND hash = ANY(${marks.map(({ hash }) => hash)})) AS "isThere"`;
  return row?.isThere === true;
}
