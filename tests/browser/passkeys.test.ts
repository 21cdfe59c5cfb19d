import { createHash, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { useApi } from '../api/harness.ts';
import { type Browser, PASSWORD, useUsers } from '../api/users-harness.ts';
import { type NewCredential, useAuthenticator } from '../support/authenticator.ts';

const ORIGIN = 'http://localhost:3000';
const MINE = '/users/me/passkeys';
const SIGN_IN = '/users/sign-in/passkey';
type Skip = (note: string) => void;

const api = useApi({ publicUrl: ORIGIN, openRegistration: true });
const authenticator = useAuthenticator();
const meIn = async (browser: Browser) => (await browser.ask('GET', '/users/me')).data;

beforeEach(async () => {
  await api.db.userAttempt.deleteMany();
});

/** A browser in which somebody new is signed in, and an empty device. */
async function someone(skip: Skip) {
  const device = await authenticator(skip);
  await device.forget();
  await device.recognize(true);
  const browser = useUsers(api).browser();
  const email = `${randomUUID()}@example.com`;
  await browser.ask('POST', '/users', { name: 'Ann', email, password: PASSWORD });
  await api.db.user.update({ where: { email }, data: { emailVerified: true } });
  await browser.ask('POST', '/users/sign-in', { email, password: PASSWORD });
  return { device, browser, me: await meIn(browser) };
}

type Device = Awaited<ReturnType<typeof authenticator>>;
const begin = async (browser: Browser, path: string) =>
  (await browser.ask('POST', `${path}/begin`, {})).data.options;

async function add(browser: Browser, device: Device) {
  const credential = await device.create(ORIGIN, await begin(browser, MINE));
  return await browser.ask('POST', MINE, { name: 'My laptop', credential });
}

/** Signs in with the device's passkey, in a browser that nobody is signed in to. */
async function signIn(device: Device, origin = ORIGIN, change: object = {}) {
  const browser = useUsers(api).browser();
  const options = { ...(await begin(browser, SIGN_IN)), ...change };
  const credential = await device.get(origin, options);
  const answer = await browser.ask('POST', SIGN_IN, { credential });
  return { answer, browser, credential };
}

describe('a passkey', () => {
  it('signs its user in, without the second factor, and is listed with its last use', async ({ skip }) => {
    const { device, browser, me } = await someone(skip);
    const added = await add(browser, device);
    expect(added.status).toBe(200);
    await api.db.user.update({ where: { id: me.id }, data: { twoFactorEnabled: true } });
    const { answer, browser: other } = await signIn(device);
    expect(answer.data).toEqual({ done: true });
    expect(await meIn(other)).toMatchObject({ id: me.id, hasSecondFactor: true });
    const { data } = await browser.ask('GET', MINE);
    expect(data.items).toEqual([
      {
        ...{ id: added.data.id, name: 'My laptop' },
        createdAt: expect.any(String),
        lastUsedAt: expect.any(String),
      },
    ]);
    const sessions = await other.ask('GET', '/users/me/sessions');
    expect(sessions.data.items).toHaveLength(2);
  });

  it('opens nothing once it is removed, and only its user removes it', async ({ skip }) => {
    const { device, browser } = await someone(skip);
    const { id } = (await add(browser, device)).data;
    const kept = await signIn(device);
    expect(kept.answer.status).toBe(200);
    const stranger = useUsers(api).browser();
    const email = 'stranger@example.com';
    await stranger.ask('POST', '/users', { name: 'Eve', email, password: PASSWORD });
    await api.db.user.update({ where: { email }, data: { emailVerified: true } });
    await stranger.ask('POST', '/users/sign-in', { email, password: PASSWORD });
    expect((await stranger.ask('DELETE', `${MINE}/${id}`)).code).toBe('not_found');
    expect((await browser.ask('DELETE', `${MINE}/${id}`)).status).toBe(200);
    const { answer } = await signIn(device);
    expect([answer.status, answer.code]).toEqual([401, 'passkey_wrong']);
  });

  it('stays when it is the last way to sign in', async ({ skip }) => {
    const { device, browser, me } = await someone(skip);
    const { id } = (await add(browser, device)).data;
    await api.db.userAccount.deleteMany({ where: { userId: me.id } });
    expect((await browser.ask('DELETE', `${MINE}/${id}`)).code).toBe('stage_forbids');
    expect((await signIn(device)).answer.status).toBe(200);
  });

  it('is one of twenty at most', async ({ skip }) => {
    const { device, browser, me } = await someone(skip);
    const row = { userId: me.id, name: 'Old', publicKey: new Uint8Array([1]), counter: 0 };
    const ids = Array.from({ length: 19 }, () => randomUUID());
    await api.db.passkey.createMany({ data: ids.map((id) => ({ ...row, id, credentialId: id })) });
    const first = await begin(browser, MINE);
    expect(first.excludeCredentials).toHaveLength(19);
    expect((await add(browser, device)).status).toBe(200);
    expect((await browser.ask('POST', `${MINE}/begin`, {})).code).toBe('stage_forbids');
  });

  it('is added or removed only within a day of signing in', async ({ skip }) => {
    const { device, browser, me } = await someone(skip);
    const { id } = (await add(browser, device)).data;
    const createdAt = new Date(Date.now() - 25 * HOUR_MS);
    await api.db.userSession.updateMany({ where: { userId: me.id }, data: { createdAt } });
    expect((await browser.ask('POST', `${MINE}/begin`, {})).code).toBe('session_stale');
    expect((await browser.ask('DELETE', `${MINE}/${id}`)).code).toBe('session_stale');
  });
});

describe('an answer of a passkey', () => {
  it('counts once, in the browser that began, for what was begun, and for five minutes', async ({ skip }) => {
    const { device, browser } = await someone(skip);
    expect((await add(browser, device)).status).toBe(200);
    const { answer, browser: used, credential } = await signIn(device);
    expect(answer.status).toBe(200);
    const again = async (where: Browser, it = credential) =>
      (await where.ask('POST', SIGN_IN, { credential: it })).code;
    expect(await again(used)).toBe('passkey_wrong');
    expect(await again(useUsers(api).browser())).toBe('passkey_wrong');
    const fresh = useUsers(api).browser();
    const options = await begin(fresh, SIGN_IN);
    const other = await device.get(ORIGIN, await begin(useUsers(api).browser(), SIGN_IN));
    expect(await again(fresh, other)).toBe('passkey_wrong');
    expect(await again(fresh, await device.get(ORIGIN, options))).toBe('passkey_wrong');
    const forAdding = await device.get(ORIGIN, {
      ...(await begin(useUsers(api).browser(), SIGN_IN)),
      challenge: (await begin(browser, MINE)).challenge,
    });
    expect(await again(browser, forAdding)).toBe('passkey_wrong');
    const late = await device.get(ORIGIN, await begin(fresh, SIGN_IN));
    const past = new Date(Date.now() - MINUTE_MS);
    await api.db.userVerification.updateMany({ data: { expiresAt: past } });
    expect(await again(fresh, late)).toBe('passkey_wrong');
  });

  it('does not hold from a page of another origin', async ({ skip }) => {
    const { device, browser } = await someone(skip);
    expect((await add(browser, device)).status).toBe(200);
    const { answer } = await signIn(device, 'http://localhost:4000');
    expect([answer.status, answer.code]).toEqual([401, 'passkey_wrong']);
  });

  it('does not hold from a device that has not recognized who holds it', async ({ skip }) => {
    const { device, browser } = await someone(skip);
    expect((await add(browser, device)).status).toBe(200);
    await device.recognize(false);
    const { answer } = await signIn(device, ORIGIN, { userVerification: 'discouraged' });
    expect([answer.status, answer.code]).toEqual([401, 'passkey_wrong']);
    await device.forget();
    await device.recognize(true);
    const credential = await device.create(ORIGIN, await begin(browser, MINE));
    const unrecognized = { name: 'Found', credential: withoutVerification(credential) };
    expect((await browser.ask('POST', MINE, unrecognized)).code).toBe('passkey_wrong');
  });

  it('does not hold when the counter has not risen, as of a copy', async ({ skip }) => {
    const { device, browser, me } = await someone(skip);
    expect((await add(browser, device)).status).toBe(200);
    await api.db.passkey.updateMany({ where: { userId: me.id }, data: { counter: 1_000 } });
    const { answer } = await signIn(device);
    expect([answer.status, answer.code]).toEqual([401, 'passkey_wrong']);
    await api.db.passkey.updateMany({ where: { userId: me.id }, data: { counter: 1 } });
    expect((await signIn(device)).answer.status).toBe(200);
  });

  it('adds no passkey of another user’s begin', async ({ skip }) => {
    const { device, browser } = await someone(skip);
    const { browser: other } = await someone(skip);
    const credential = await device.create(ORIGIN, await begin(browser, MINE));
    await begin(other, MINE);
    expect((await other.ask('POST', MINE, { name: 'Theirs', credential })).code).toBe('passkey_wrong');
  });
});

/** A new passkey of which the device does not say that it recognized anybody: nothing signs what it says. */
function withoutVerification(credential: NewCredential): NewCredential {
  const bytes = Buffer.from(credential.response.attestationObject, 'base64url');
  const flags = bytes.indexOf(createHash('sha256').update(new URL(ORIGIN).hostname).digest()) + 32;
  bytes.writeUInt8(bytes.readUInt8(flags) & ~0b100, flags);
  const response = { ...credential.response, attestationObject: bytes.toString('base64url') };
  return { ...credential, response };
}
