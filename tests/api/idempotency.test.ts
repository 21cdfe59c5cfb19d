import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
describe('a mutation happens once per Idempotency-Key', () => {
  it('and the first answer is replayed to whoever sends the same again', async () => {
    const first = await api.mutate('members.upsert', { externalId: 'one' }, { idempotencyKey: 'k1' });
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const before = await api.counts();
    const again = await api.mutate('members.upsert', { externalId: 'one' }, { idempotencyKey: 'k1' });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.data).toEqual(first.data);
    expect(await api.counts()).toEqual(before);
  });

  it('however the input’s fields are ordered', async () => {
    const first = await api.mutate(
      'members.upsert',
      { externalId: 'two', locale: 'de' },
      { idempotencyKey: 'k2' },
    );
    const again = await api.mutate(
      'members.upsert',
      { locale: 'de', externalId: 'two' },
      { idempotencyKey: 'k2' },
    );
    expect(again.data).toEqual(first.data);
  });

  it('even when fifty arrive at once: one acts, the others wait their turn or hear the answer', async () => {
    const { id } = await api.member('busy');
    const send = () => api.mutate('links.create', { memberId: id }, { idempotencyKey: 'k3' });
    const answers = await Promise.all(Array.from({ length: 50 }, send));
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    const codes = new Set(answers.filter(({ status }) => status === 200).map(({ data }) => data.code));
    expect(codes.size).toBe(1);
    expect(
      answers.filter(({ status }) => status === 409).every(({ code }) => code === 'idempotency_in_flight'),
    ).toBe(true);
    // The member's own shared link, and the one made here.
    expect(await api.db.link.count({ where: { memberId: id } })).toBe(2);
    expect((await send()).data.code).toBe([...codes][0]);
  });

  it('and each program has keys of its own', async () => {
    const other = await api.program();
    const here = await api.mutate('members.upsert', { externalId: 'same' }, { idempotencyKey: 'k4' });
    const there = await api.mutate(
      'members.upsert',
      { externalId: 'same' },
      { idempotencyKey: 'k4', key: other.key },
    );
    expect(there.data.id).not.toBe(here.data.id);
  });
});

describe('refusals about the key', () => {
  it.each([
    ['none', null],
    ['more than 255 characters', 'k'.repeat(256)],
    ['characters that are not ASCII', 'ключ'],
  ])('400 for %s', async (_what, idempotencyKey) => {
    const headers =
      idempotencyKey === 'ключ' ? { 'idempotency-key': Buffer.from('ключ').toString('latin1') } : {};
    const options = { idempotencyKey: idempotencyKey === 'ключ' ? null : idempotencyKey, headers };
    const send = () => api.mutate('members.upsert', { externalId: 'x' }, options);
    await expectRefused(api, send, { status: 400, code: 'idempotency_key_missing' });
  });

  it('422 for the same key with another input', async () => {
    await api.mutate('members.upsert', { externalId: 'first' }, { idempotencyKey: 'k5' });
    const send = () => api.mutate('members.upsert', { externalId: 'second' }, { idempotencyKey: 'k5' });
    await expectRefused(api, send, { status: 422, code: 'key_reused' });
  });

  it('409 while the first is under way', async () => {
    const holder = new pg.Client({ connectionString: api.database.url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `${api.programId} members.upsert k6`,
    ]);
    const send = () => api.mutate('members.upsert', { externalId: 'x' }, { idempotencyKey: 'k6' });
    await expectRefused(api, send, { status: 409, code: 'idempotency_in_flight' });
    await holder.query('ROLLBACK');
    await holder.end();
    expect((await send()).status).toBe(200);
  });
});

it('a refusal is not kept: the same key succeeds once the reason is gone', async () => {
  const { id } = await api.member('later');
  const input = { memberId: id, destination: 'https://new.example/' };
  const refused = await api.mutate('links.create', input, { idempotencyKey: 'k7' });
  expect(refused.code).toBe('destination_forbidden');
  await api.mutate('programs.update', { allowedHosts: ['shop.example', 'new.example'] });
  expect((await api.mutate('links.create', input, { idempotencyKey: 'k7' })).status).toBe(200);
});

it('a mutation that fails half-way leaves nothing behind', async () => {
  // The audit entry is written last: without it, the rest of the mutation has to go too.
  const owner = new pg.Client({ connectionString: api.database.ownerUrl });
  await owner.connect();
  await owner.query('REVOKE INSERT ON audit_log FROM referral_app');
  const { id } = await api.member('half');
  const send = () => api.mutate('programs.pause', undefined, { idempotencyKey: 'k8' });
  await expectRefused(api, send, { status: 500, code: 'internal' });
  expect((await api.db.program.findUniqueOrThrow({ where: { id: api.programId } })).status).toBe('live');
  await owner.query('GRANT INSERT ON audit_log TO referral_app');
  await owner.end();
  expect((await send()).data.status).toBe('paused');
  expect(id).toBeTruthy();
});
