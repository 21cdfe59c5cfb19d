import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { outwardOf, PASSWORD, useUsers } from './users-harness.ts';

const api = useApi({ openRegistration: true, proxies: ['loopback'] });
const users = useUsers(api);

const open = (token: string) => users.browser().ask('POST', '/users/verification/open', { token });

describe('a change of address', () => {
  it('takes a link to the old address and one to the new, in this order', async () => {
    const browser = await users.signedIn('old@example.com');
    const change = { email: 'NEW-one@example.com' };
    expect((await browser.ask('PUT', '/users/me/email', change)).data).toEqual({ mailed: true });
    const [first] = await users.mails();
    expect(first).toMatchObject({ kind: 'confirm_email_change', to: 'old@example.com' });
    const tokenOf = (mail: typeof first) => new URL(mail?.url ?? '').searchParams.get('token') ?? '';
    expect((await open(tokenOf(first))).status).toBe(200);
    expect((await users.browser().signIn('new-one@example.com')).status).toBe(401);
    const [second] = await users.mails();
    expect(second).toMatchObject({ kind: 'verify_email', to: 'new-one@example.com' });
    expect((await open(tokenOf(second))).status).toBe(200);
    expect((await users.browser().signIn('old@example.com')).status).toBe(401);
    expect((await users.browser().signIn('new-one@example.com')).status).toBe(200);
    for (const mail of [first, second]) {
      expect(await open(tokenOf(mail))).toMatchObject({ status: 422, code: 'link_unusable' });
    }
  });

  it('to an address that has an account is answered like any other, and changes nothing', async () => {
    await users.account('there@example.com');
    const browser = await users.signedIn('here@example.com');
    const change = (email: string) => browser.ask('PUT', '/users/me/email', { email });
    const [free, taken] = [await change('free@example.com'), await change('there@example.com')];
    expect(outwardOf(free)).toEqual(outwardOf(taken));
    expect(await change('here@example.com')).toMatchObject({ status: 409, code: 'stage_forbids' });
    const [confirm] = await users.mails();
    await open(new URL(confirm?.url ?? '').searchParams.get('token') ?? '');
    const token = await users.token('verify_email');
    await users.account('free@example.com');
    expect(await open(token)).toMatchObject({ status: 409, code: 'stage_forbids' });
    expect((await browser.ask('GET', '/users/me')).data.email).toBe('here@example.com');
  });
});

describe('deleting an account', () => {
  it('takes the link, signed in as that account', async () => {
    const browser = await users.signedIn('gone@example.com');
    const other = await users.signedIn('stays@example.com');
    await browser.ask('DELETE', '/users/me');
    const token = await users.token('delete_account');
    const confirm = (by = browser) => by.ask('POST', '/users/me/delete', { token });
    expect(await confirm(other)).toMatchObject({ status: 422, code: 'link_unusable' });
    expect((await other.ask('GET', '/users/me')).status).toBe(200);
    expect(await confirm()).toMatchObject({ status: 200, data: { done: true } });
    expect((await browser.ask('GET', '/users/me')).status).toBe(401);
    expect((await users.browser().signIn('gone@example.com')).code).toBe('credentials_wrong');
    expect(await api.db.user.count({ where: { email: 'gone@example.com' } })).toBe(0);
  });

  it('is refused to the only owner of a program, and of two owners at once to one', async () => {
    const { programId } = await api.program();
    const emails = ['owner-1@example.com', 'owner-2@example.com'];
    const browsers = await Promise.all(emails.map((email) => users.signedIn(email)));
    const owners = await api.db.user.findMany({ where: { email: { in: emails } } });
    const [one, two] = owners.map(({ id }) => ({ programId, userId: id, role: 'owner' as const }));
    if (one === undefined || two === undefined) throw new Error('no owners');
    await api.db.operator.create({ data: one });
    const alone = browsers[emails.indexOf(owners[0]?.email ?? '')];
    expect(await alone?.ask('DELETE', '/users/me')).toMatchObject({ status: 409, code: 'last_owner' });
    await api.db.operator.create({ data: two });
    const tokens: string[] = [];
    for (const browser of browsers) {
      await browser.ask('DELETE', '/users/me');
      tokens.push(await users.token('delete_account'));
    }
    const answers = await Promise.all(
      browsers.map((browser, n) => browser.ask('POST', '/users/me/delete', { token: tokens[n] })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await api.db.operator.count({ where: { programId } })).toBe(1);
  });
});

/** Runs work while nobody gets into the database, and who was in is out. */
async function withoutDatabase(work: () => Promise<void>): Promise<void> {
  const admin = new pg.Client({ connectionString: new URL('/postgres', api.database.ownerUrl).href });
  await admin.connect();
  const name = new URL(api.database.url).pathname.slice(1);
  try {
    await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    await work();
  } finally {
    await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
    await admin.end();
  }
}

it('while the database is away, each way says so, and nobody is signed out', async () => {
  const browser = await users.signedIn('outage@example.com');
  const { cookie } = browser;
  const email = 'outage@example.com';
  await withoutDatabase(async () => {
    const ways: [method: string, path: string, body?: object][] = [
      ['POST', '/users', { name: 'Ann', email, password: PASSWORD }],
      ['POST', '/users/sign-in', { email, password: PASSWORD }],
      ['POST', '/users/sign-in-link', { email }],
      ['GET', '/users/me'],
      ['PATCH', '/users/me', { name: 'Anna' }],
      ['POST', '/users/sign-out'],
    ];
    for (const [method, path, body] of ways) {
      const { status, code } = await browser.ask(method, path, body);
      expect([path, status, code]).toEqual([path, 503, 'database_unavailable']);
    }
  });
  expect(browser.cookie).toBe(cookie);
  expect((await browser.ask('GET', '/users/me')).status).toBe(200);
});
