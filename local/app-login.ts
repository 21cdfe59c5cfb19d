import { APPLICATION_ROLE } from '../prisma/client.ts';
import { withClient } from '../prisma/connection.ts';

/** Key of the advisory lock under which the login is made: "rlog" in ASCII. */
const LOGIN_LOCK = 0x726c6f67;

/**
 * Makes a login with the application's rights and no others; one that exists gets the new password.
 * The migrations must have been applied, as they make the application's role.
 * @param ownerUrl PostgreSQL URL of a role that may create roles.
 * @returns The login's URL of the same database.
 */
export async function ensureAppLogin(ownerUrl: string, name: string, password: string): Promise<string> {
  await withClient(ownerUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [LOGIN_LOCK]);
    const login = client.escapeIdentifier(name);
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
    const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(
      `${verb} ROLE ${login} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE
       PASSWORD ${client.escapeLiteral(password)}`,
    );
    await client.query(`GRANT ${client.escapeIdentifier(APPLICATION_ROLE)} TO ${login}`);
  });
  const url = new URL(ownerUrl);
  url.username = encodeURIComponent(name);
  url.password = encodeURIComponent(password);
  return url.href;
}

/** Makes the database when it is not there yet. Returns its URL. */
export async function ensureDatabase(serverUrl: string, name: string): Promise<string> {
  await withClient(serverUrl, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  });
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
