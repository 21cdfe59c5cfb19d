import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { type Browser, PASSWORD, useUsers } from './users-harness.ts';

const api = useApi();
const users = useUsers(api);
const header = () => ({ 'x-program-id': api.programId });

/** Invites an address with the program's first key, and gives the token of its e-mail. */
async function invited(email: string, role: string): Promise<string> {
  await users.mails();
  const answer = await api.mutate(
    'operators.invite',
    { email, role },
    { key: api.platformKey, headers: header() },
  );
  expect(answer.status).toBe(200);
  return users.token('invitation');
}

/** Somebody who has accepted an invitation and is signed in. */
async function operator(email: string, role: string): Promise<Browser> {
  const token = await invited(email, role);
  const browser = users.browser();
  await browser.ask('POST', '/users', { name: 'Somebody', email, password: PASSWORD, invitation: token });
  await browser.ask('POST', '/users/sign-in', { email, password: PASSWORD });
  expect((await browser.ask('POST', '/users/me/invitations', { token })).status).toBe(200);
  return browser;
}

const idOf = async (browser: Browser): Promise<string> => (await browser.ask('GET', '/users/me')).data.id;

let owner: Browser;
beforeAll(async () => {
  owner = await operator('owner@example.com', 'owner');
});

describe('an invitation', () => {
  it('makes who has its address and its link an operator, without another e-mail, once', async () => {
    const token = await invited('ann@example.com', 'finance');
    const ann = users.browser();
    const join = { name: 'Ann', email: 'ann@example.com', password: PASSWORD, invitation: token };
    expect((await ann.ask('POST', '/users', join)).data).toEqual({ mailed: true });
    expect(await users.mails()).toEqual([]);
    expect((await ann.ask('POST', '/users/sign-in', { email: join.email, password: PASSWORD })).status).toBe(
      200,
    );
    const accepted = await ann.ask('POST', '/users/me/invitations', { token });
    expect(accepted.data).toMatchObject({ programId: api.programId, role: 'finance' });
    expect((await ann.ask('POST', '/users/me/invitations', { token })).data).toEqual(accepted.data);
    expect((await ann.ask('GET', '/users/me')).data.operates).toEqual([
      { programId: api.programId, program: accepted.data.program, role: 'finance' },
    ]);
    const where = { action: { startsWith: 'operator.' } };
    const audit = await api.db.auditEntry.findMany({ where, orderBy: { id: 'desc' } });
    expect(audit.slice(0, 2).map(({ action }) => action)).toEqual(['operator.joined', 'operator.invited']);
    expect(JSON.stringify(audit.map(({ detail }) => detail))).not.toContain('example.com');
  });

  it('is of no use to anybody else, nor after its time, nor once it was revoked or replaced', async () => {
    const stranger = await operator('stranger@example.com', 'support');
    const token = await invited('bob@example.com', 'admin');
    const unusable = { status: 422, code: 'link_unusable' };
    expect(await stranger.ask('POST', '/users/me/invitations', { token })).toMatchObject(unusable);
    const join = { name: 'Bob', email: 'bob@example.com', password: PASSWORD };
    const closed = { status: 403, code: 'registration_closed' };
    const mallory = { ...join, email: 'mallory@example.com', invitation: token };
    expect(await users.browser().ask('POST', '/users', mallory)).toMatchObject(closed);
    expect(await users.browser().ask('POST', '/users', join)).toMatchObject(closed);
    const second = await invited('bob@example.com', 'analyst');
    expect(await users.browser().ask('POST', '/users', { ...join, invitation: token })).toMatchObject(closed);
    const where = { email: 'bob@example.com', revokedAt: null };
    const { id } = await api.db.operatorInvitation.findFirstOrThrow({ where });
    await api.db.operatorInvitation.updateMany({
      where: { id },
      data: { expiresAt: new Date(Date.now() - 1) },
    });
    expect(await users.browser().ask('POST', '/users', { ...join, invitation: second })).toMatchObject(
      closed,
    );
    const third = await invited('bob@example.com', 'analyst');
    const open = await owner.ask('GET', '/operators/invitations', undefined, header());
    const revoked = await owner.ask(
      'DELETE',
      `/operators/invitations/${open.data.items[0].id}`,
      undefined,
      header(),
    );
    expect(revoked.data).toMatchObject({ email: 'bob@example.com', revokedAt: expect.any(String) });
    expect(await users.browser().ask('POST', '/users', { ...join, invitation: third })).toMatchObject(closed);
  });
});

describe('an operator', () => {
  it('does what the role may in that program, and is told the scope that is missing', async () => {
    const analyst = await operator('analyst@example.com', 'analyst');
    expect((await analyst.ask('GET', '/members', undefined, header())).status).toBe(200);
    const refused = await analyst.ask(
      'PUT',
      '/members',
      { externalId: 'x' },
      { ...header(), 'idempotency-key': 'a' },
    );
    expect(refused).toMatchObject({ status: 403, code: 'scope_missing' });
    expect(refused.message).toContain('`members:write`');
  });

  it('meets another program, and one that is not there, with the same answer, and names one', async () => {
    const other = await api.program();
    const foreign = await owner.ask('GET', '/members', undefined, { 'x-program-id': other.programId });
    const absent = await owner.ask('GET', '/members', undefined, { 'x-program-id': newId() });
    expect(foreign).toMatchObject({ status: 404, code: 'not_found' });
    expect([absent.status, absent.message]).toEqual([foreign.status, foreign.message]);
    expect(await owner.ask('GET', '/members')).toMatchObject({ status: 400, code: 'program_missing' });
  });

  it('changes nothing by cookie from a page elsewhere, and stands in the audit log by id', async () => {
    const write = (site?: string) =>
      owner.ask(
        'PUT',
        '/members',
        { externalId: 'by-owner' },
        {
          ...header(),
          'idempotency-key': `member-${site}`,
          ...(site === undefined ? {} : { 'sec-fetch-site': site }),
        },
      );
    for (const site of ['cross-site', 'same-site', 'none']) {
      expect(await write(site)).toMatchObject({ status: 403, code: 'origin_forbidden' });
    }
    expect(await api.db.member.count({ where: { externalId: 'by-owner' } })).toBe(0);
    expect((await write()).status).toBe(200);
    await owner.ask(
      'POST',
      '/operators/invitations',
      { email: 'eve@example.com', role: 'analyst' },
      {
        ...header(),
        'idempotency-key': 'eve',
      },
    );
    const entry = await api.db.auditEntry.findFirstOrThrow({
      where: { programId: api.programId, action: 'operator.invited' },
      orderBy: { id: 'desc' },
    });
    expect(entry.actor).toBe(`user:${await idOf(owner)}`);
  });

  it('loses the role at once, and nobody below an owner touches owners', async () => {
    const admin = await operator('admin@example.com', 'admin');
    const target = await operator('target@example.com', 'support');
    const [ownerId, targetId] = [await idOf(owner), await idOf(target)];
    const remove = (id: string) => admin.ask('DELETE', `/operators/${id}`, undefined, header());
    const promote = await admin.ask('PUT', `/operators/${targetId}/role`, { role: 'owner' }, header());
    for (const refused of [await remove(ownerId), promote]) {
      expect(refused).toMatchObject({ status: 403, code: 'scope_missing' });
    }
    expect((await target.ask('GET', '/members', undefined, header())).status).toBe(200);
    expect((await remove(targetId)).data).toEqual({ userId: targetId, role: null });
    expect(await target.ask('GET', '/members', undefined, header())).toMatchObject({ status: 404 });
    expect(await remove(targetId)).toMatchObject({ status: 404, code: 'not_found' });
    // A key counts as an admin, whoever made it.
    const headers = { 'content-type': 'application/json' };
    const byKey = await api.mutate(
      'operators.invite',
      { email: 'k@example.com', role: 'owner' },
      { headers },
    );
    expect(byKey).toMatchObject({ status: 403, code: 'scope_missing' });
  });

  it('is kept as the last owner, also when two owners leave at the same time', async () => {
    const leave = (browser: Browser) => browser.ask('DELETE', `/users/me/programs/${api.programId}`);
    expect(await leave(owner)).toMatchObject({ status: 409, code: 'last_owner' });
    expect(await owner.ask('DELETE', '/users/me')).toMatchObject({ status: 409, code: 'last_owner' });
    const second = await operator('second@example.com', 'owner');
    const answers = await Promise.all([leave(owner), leave(second)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await api.db.operator.count({ where: { programId: api.programId, role: 'owner' } })).toBe(1);
  });
});

describe('a program', () => {
  it('is made by a user who may make programs, who then owns it, and by no other', async () => {
    const browser = await operator('founder@example.com', 'analyst');
    const create = (key: string) =>
      browser.ask(
        'POST',
        '/programs',
        { slug: 'founded', name: 'Founded', defaultDestination: 'https://shop.example/' },
        { 'idempotency-key': key },
      );
    expect(await create('one')).toMatchObject({ status: 403, code: 'scope_missing' });
    const userId = await idOf(browser);
    const founder = { email: 'founder@example.com', mayCreatePrograms: true };
    const byKey = await api.mutate('users.setFounder', founder);
    expect(byKey).toMatchObject({ status: 403, code: 'scope_missing' });
    const byPlatform = await api.mutate('users.setFounder', founder, { key: api.platformKey });
    expect(byPlatform.data).toEqual({ userId, mayCreatePrograms: true });
    const made = await create('two');
    expect(made.status).toBe(200);
    expect((await create('two')).data).toEqual({ ...made.data, apiKey: null });
    const headers = { 'x-program-id': made.data.program.id };
    const listed = await browser.ask('GET', '/operators', undefined, headers);
    expect(listed.data.items).toMatchObject([{ userId, role: 'owner', email: 'founder@example.com' }]);
  });
});
