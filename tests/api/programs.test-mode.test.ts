import { beforeAll, describe, expect, it } from 'vitest';
import { formatEarlierToken, hashToken, newSecret } from '../../api/auth/token.ts';
import { ensurePlatformKey } from '../../api/keys/create.ts';
import { newId } from '../../platform/ids.ts';
import { rawSql } from '../support/ledger.ts';
import { actionsOn } from './audit.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
let test: Awaited<ReturnType<typeof api.testProgram>>;
beforeAll(async () => {
  test = await api.testProgram();
});
const get = async (procedure: string, key: string, input?: object) =>
  (await api.query(procedure, input, { key })).data;

describe('the test mode of a program', () => {
  it('has its settings and the policy in force, under the same slug, and is live at once', async () => {
    const { key: live } = await api.program({ timeZone: 'Europe/Berlin', draft: true });
    const { policy } = await get('policies.builtin', live, { unit: 'EUR' });
    await api.mutate('policies.publish', { policy }, { key: live });
    const { data } = await api.mutate('programs.createTest', undefined, { key: live });
    const { id, slug, name, timeZone, allowedHosts, defaultDestination } = await get('programs.get', live);
    const settings = { slug, name, timeZone, allowedHosts, defaultDestination };
    const expected = { mode: 'test', liveProgramId: id, status: 'live', timeZone: 'Europe/Berlin' };
    expect(data.program).toMatchObject({ ...settings, ...expected });
    expect([data.created, data.apiKey]).toEqual([true, expect.stringMatching(/^sk_test_/)]);
    expect((await get('policies.get', data.apiKey)).policy).toEqual(policy);
    expect(await actionsOn(api, { subject: data.program.id }, { key: live })).toEqual([
      'program.test_created',
    ]);
    expect(await actionsOn(api, { subject: data.program.id }, { key: data.apiKey })).toEqual([
      'program.created',
    ]);
  });

  it('is made once: by a repeat, by a second call, and by three at once', async () => {
    const { key } = await api.program();
    const make = (idempotencyKey?: string) =>
      api.mutate('programs.createTest', undefined, { key, ...(idempotencyKey ? { idempotencyKey } : {}) });
    const all = await Promise.all([make('one'), make(), make()]);
    expect(all.filter(({ data }) => data.created)).toHaveLength(1);
    expect(all.filter(({ data }) => data.apiKey !== null)).toHaveLength(1);
    const ids = [...all, await make()].map(({ data }) => data.program.id);
    expect(new Set(ids).size).toBe(1);
    const replay = await make('one');
    expect(replay.data).toEqual({ ...all[0]?.data, apiKey: null });
  });

  it('has no test mode of its own', async () => {
    const send = () => api.mutate('programs.createTest', undefined, { key: test.key });
    await expectRefused(api, send, { status: 409, code: 'mode_forbids' });
  });

  it('gives its first key no scope that the asker lacks', async () => {
    const { programId } = await api.program();
    const asker = await api.key(['programs:write', 'read'], programId);
    const { data } = await api.mutate('programs.createTest', undefined, { key: asker.token });
    const made = await api.db.apiKey.findUniqueOrThrow({ where: { id: data.apiKeyId } });
    expect(made.scopes).toEqual(['read', 'programs:write']);
  });

  it('shares nothing with the live program: no member or board of one is in the other', async () => {
    const [live, testKey] = [test.live.key, test.key];
    const make = async (key: string, email: string) =>
      (await api.mutate('members.upsert', { externalId: 'ann', email }, { key })).data;
    const [ours, theirs] = [await make(live, 'a@live.example'), await make(testKey, 'a@test.example')];
    const board = { slug: 'best', name: 'Best', metric: 'qualified_referrals', period: 'all_time' };
    await api.mutate('leaderboards.create', board, { key: testKey });
    expect((await get('leaderboards.list', live)).items).toEqual([]);
    for (const [key, member, other] of [
      [live, ours, theirs],
      [testKey, theirs, ours],
    ] as const) {
      const members = (await get('members.list', key)).items;
      expect(members.map(({ id }: { id: string }) => id)).toEqual([member.id]);
      const foreign = () => api.query('members.get', { id: other.id }, { key });
      await expectRefused(api, foreign, { status: 404, code: 'not_found' });
    }
  });

  it('is reached by no key of the live program, nor the reverse, whatever header it sends', async () => {
    for (const [key, programId] of [
      [test.key, test.live.programId],
      [test.live.key, test.programId],
    ] as const) {
      const headers = { 'x-program-id': programId };
      const send = () => api.query('programs.get', undefined, { key, headers });
      await expectRefused(api, send, { status: 404, code: 'not_found' });
    }
    const disguised = test.key.replace('sk_test_', 'sk_live_');
    const send = () => api.query('programs.get', undefined, { key: disguised });
    await expectRefused(api, send, { status: 401, code: 'unauthenticated' });
  });

  it('stays what it is, in the database too', async () => {
    const insert = (mode: string, live: string | null) =>
      rawSql(
        api.database.ownerUrl,
        `INSERT INTO programs (id, slug, name, default_destination, mode, live_program_id)
         VALUES (gen_random_uuid(), 'x-' || gen_random_uuid(), 'X', 'https://x.example', '${mode}',
                 ${live === null ? 'NULL' : `'${live}'`})`,
      );
    await expect(insert('test', null)).rejects.toThrow('programs_test_of_live');
    await expect(insert('live', test.live.programId)).rejects.toThrow('programs_test_of_live');
    await expect(insert('test', test.live.programId)).rejects.toThrow('programs_live_program_id_key');
    await expect(insert('test', test.programId)).rejects.toThrow('is itself a test program');
    const change = `UPDATE programs SET mode = 'live', live_program_id = NULL WHERE id = '${test.programId}'`;
    await expect(rawSql(api.database.ownerUrl, change)).rejects.toThrow('keeps its mode');
  });
});

describe('the text of a key', () => {
  it('tells the mode of its program, or the platform', async () => {
    const made = await api.mutate('keys.create', { name: 'a', scopes: ['read'] }, { key: test.key });
    expect(
      [test.live.key, made.data.apiKey, api.platformKey].map((key) => /^[a-z]+_[a-z]+/.exec(key)?.[0]),
    ).toEqual(['sk_live', 'sk_test', 'sk_platform']);
  });

  it('of before, `rk_…`, stays good: a program’s, and the platform’s, which its secret gives', async () => {
    const secret = newSecret();
    const { id } = await api.key(['read']);
    const old = formatEarlierToken(id, secret);
    const hash = hashToken(old).toString('hex');
    await api.db.apiKey.update({ where: { id }, data: { hash } });
    expect((await api.query('programs.get', undefined, { key: old })).status).toBe(200);

    const platformSecret = newId().replaceAll('-', '');
    const fresh = await ensurePlatformKey(api.db, platformSecret);
    const found = await api.db.apiKey.findFirstOrThrow({
      where: { hash: hashToken(fresh).toString('hex') },
    });
    const earlier = formatEarlierToken(found.id, platformSecret);
    await api.db.apiKey.update({
      where: { id: found.id },
      data: { hash: hashToken(earlier).toString('hex') },
    });
    expect(await ensurePlatformKey(api.db, platformSecret)).toBe(earlier);
    expect((await api.query('keys.platform', undefined, { key: earlier })).status).toBe(200);
  });
});
