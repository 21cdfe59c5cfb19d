import { randomBytes } from 'node:crypto';
import { ensureFirstOperator } from '../engine/users/first-operator.ts';
import { databaseUrl, readConfig } from '../platform/config.ts';
import { createDatabase } from '../prisma/client.ts';

/**
 * Makes the first operator, with the address in the first argument, on the database that DATABASE_URL names,
 * and prints their password: it is shown this once. Makes none where somebody has an account.
 */
const email = process.argv[2]?.toLowerCase();
const db = createDatabase({ url: databaseUrl(readConfig(process.env)), poolMax: 1 });
try {
  const first = await ensureFirstOperator(db, randomBytes(15).toString('base64url'), email);
  console.log(first === null ? 'Somebody has an account already.' : `${first.email} ${first.password}`);
} finally {
  await db.$disconnect();
}
