import { EMAIL_KEY_RULES, normalizeEmail } from '../../domain/members/email.ts';
import type { Database } from '../../prisma/client.ts';

/** Members of one statement, so that none holds its locks for long. */
const BATCH = 500;

interface Row {
  readonly programId: string;
  readonly id: string;
  readonly email: string;
  readonly old: string;
}

/**
 * Makes the mailbox keys anew that older rules made, a part at a time. Returns how many. A repeat finds none;
 * a member whose e-mail changes meanwhile has a new key already.
 */
export async function rekeyMembers(db: Database): Promise<{ readonly rekeyed: number }> {
  let rekeyed = 0;
  for (;;) {
    const rows = await db.$queryRaw<Row[]>`
      SELECT program_id::text AS "programId", id::text, coalesce(email, email_key) AS email, email_key AS old
      FROM members WHERE email_key IS NOT NULL AND email_key_rules < ${EMAIL_KEY_RULES}::int LIMIT ${BATCH}`;
    const count = await writeKeys(db, rows);
    rekeyed += count;
    if (rows.length < BATCH || count === 0) return { rekeyed };
  }
}

function writeKeys(db: Database, rows: readonly Row[]): Promise<number> {
  const keys = rows.map(({ email, old }) => {
    const normal = normalizeEmail(email);
    // What is no address by the new rules keeps the key that it has.
    return normal.ok ? normal.value.key : old;
  });
  return db.$executeRaw`
    UPDATE members m SET email_key = g.key, email_key_rules = ${EMAIL_KEY_RULES}::int
    FROM unnest(${rows.map(({ programId }) => programId)}::uuid[], ${rows.map(({ id }) => id)}::uuid[],
                ${rows.map(({ old }) => old)}::text[], ${keys}::text[]) AS g(program_id, id, old, key)
    WHERE m.program_id = g.program_id AND m.id = g.id AND m.email_key = g.old`;
}
