import { randomBytes } from 'node:crypto';
import { ensurePlatformKey } from '../api/keys/create.ts';
import { databaseUrl, readConfig } from '../platform/config.ts';
import { createDatabase } from '../prisma/client.ts';

/** Makes a platform key on the database that DATABASE_URL names, and prints it: it is shown this once. */
const db = createDatabase({ url: databaseUrl(readConfig(process.env)), poolMax: 1 });
try {
  console.log(await ensurePlatformKey(db, randomBytes(32).toString('hex')));
} finally {
  await db.$disconnect();
}
