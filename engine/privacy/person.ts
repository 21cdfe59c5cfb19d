import { nameId } from '../../platform/ids.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** A member, with every external id that leads to them. */
export interface Person {
  readonly programId: string;
  readonly memberId: string;
  readonly subjects: readonly string[];
}

/** Who a member is, as long as that is on record. Null: there is no such member. */
export async function personOf(
  db: Database | Tx,
  programId: string,
  memberId: string,
): Promise<Person | null> {
  const member = await db.member.findUnique({
    where: { programId_id: { programId, id: memberId } },
    select: { externalId: true, hostId: true, aliases: { select: { externalId: true } } },
  });
  if (member === null) return null;
  const { externalId, hostId, aliases } = member;
  const ids = [externalId, ...(hostId === null ? [] : [hostId]), ...aliases.map((it) => it.externalId)];
  return { programId, memberId, subjects: [...new Set(ids)] };
}

/** A member, and the accounts that were merged into them, each as who it was. */
export async function accountsOf(db: Database | Tx, person: Person): Promise<Person[]> {
  const { programId, memberId } = person;
  const merged = await db.member.findMany({
    where: { programId, mergedInto: memberId },
    orderBy: { id: 'asc' },
    select: { id: true, externalId: true },
  });
  const accounts = merged.map(({ id, externalId }) => ({ programId, memberId: id, subjects: [externalId] }));
  return [person, ...accounts];
}

const PLACE = /(?<!:):(program|member|subjects|signups)\b/;

/** SQL of a table's rule, with the member in the places that name them. */
export function ofPerson({ programId, memberId, subjects }: Person, text: string): Prisma.Sql {
  const values: Readonly<Record<string, Prisma.Sql>> = {
    program: Prisma.sql`${programId}::uuid`,
    member: Prisma.sql`${memberId}::uuid`,
    subjects: Prisma.sql`${[...subjects]}::text[]`,
    signups: Prisma.sql`${subjects.map((subject) => nameId('referral', programId, subject))}::uuid[]`,
  };
  const parts = text.split(PLACE).map((part, at) => (at % 2 === 0 ? Prisma.raw(part) : values[part]));
  return Prisma.join(
    parts.map((part) => part ?? Prisma.empty),
    '',
  );
}
