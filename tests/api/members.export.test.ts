import { expect, it } from 'vitest';
import { EXPORT_PARTS } from '../../engine/privacy/export.ts';
import { playedProgram, T0_MS } from '../support/play.ts';
import { fixedPolicy, publishPolicy, seedRedemption, usd } from '../support/seed.ts';
import { actionsOn } from './audit.ts';
import { useApi } from './harness.ts';

const api = useApi();
const note = 'Asked for by mail.';

interface Row {
  readonly of: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** A whole export, in pages of so many rows. */
async function exported(id: string, limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const { status, text, data } = await api.mutate('members.export', { id, note, limit, cursor });
    expect(status, text).toBe(200);
    expect(data.rows.length).toBeLessThanOrEqual(limit);
    rows.push(...data.rows);
    cursor = data.nextCursor;
  } while (cursor !== null);
  return rows;
}

/** Ann refers Bob, who buys; she redeems what it earned her. */
async function annAndBob() {
  const { programId, database } = api;
  await publishPolicy(api.db, programId, fixedPolicy(5_000n, 0), 2);
  const play = playedProgram(database, programId);
  const ann = await play.member('ann-export', 'ann.export@example.com');
  const ip = { ipHash: 'hash-of-an-address' };
  await play.signUp('bob-export', { code: ann.code, email: 'bob.export@mail.example', ...ip });
  const payload = { properties: { article: 'a very private book' } };
  await play.act('bob-export', { key: 'order-bob', value: usd(9_900n), payload });
  const destination = { iban: 'DE02120300000000202051' };
  const wish = { minor: 1_000n, method: 'manual', destination };
  const { id: redemptionId, eventId } = await seedRedemption(api.db, programId, ann.id, wish);
  await play.activities.reserveRedemption({ programId, redemptionId, eventId, now_ms: T0_MS });
  const bob = await api.db.member.findFirstOrThrow({ where: { programId, externalId: 'bob-export' } });
  return { ann, bob };
}

it('an export has all that is the member’s, in pages of any size, and nothing of others', async () => {
  const { ann, bob } = await annAndBob();
  const whole = await exported(ann.id, 1_000);
  // Each page is on record itself.
  const lasting = (rows: Row[]) => rows.filter(({ of }) => of !== 'audit_log');
  expect(lasting(await exported(ann.id, 2))).toEqual(lasting(whole));
  const names = new Set(whole.map(({ of }) => of));
  for (const part of ['members', 'links', 'referrals_made', 'rewards', 'redemptions', 'ledger_accounts']) {
    expect(names, part).toContain(part);
  }
  const one = (of: string) => whole.find((row) => row.of === of)?.row;
  expect(one('members')).toMatchObject({ externalId: 'ann-export', email: 'ann.export@example.com' });
  expect(one('redemptions')).toMatchObject({
    amountMinor: '1000',
    destination: { iban: 'DE02120300000000202051' },
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  const text = JSON.stringify(whole);
  for (const others of ['bob-export', 'bob.export', bob.id, 'private book', 'order-bob']) {
    expect(text).not.toContain(others);
  }

  const his = await exported(bob.id, 3);
  const ofBob = JSON.stringify(his);
  expect(ofBob).toContain('a very private book');
  for (const others of ['ann-export', 'ann.export', ann.id, 'order-ann']) {
    expect(ofBob).not.toContain(others);
  }
  expect(new Set(his.map(({ of }) => of)).has('referrals_received')).toBe(true);
  expect(his.every(({ of }) => EXPORT_PARTS.includes(of))).toBe(true);
});

it('an export is on record with its reason, shown once, and for who may see all of a member', async () => {
  const ann = await api.member();
  const again = { idempotencyKey: 'export-once' };
  const first = await api.mutate('members.export', { id: ann.id, note }, again);
  expect(first.data.rows.length).toBeGreaterThan(0);
  const second = await api.mutate('members.export', { id: ann.id, note }, again);
  expect(second.data).toMatchObject({ memberId: ann.id, rows: null });
  expect(await actionsOn(api, { subject: `member:${ann.id}` })).toEqual(['member.exported']);
  const { token } = await api.key(['read', 'members:write', 'emails:read']);
  const refused = await api.mutate('members.export', { id: ann.id, note }, { key: token });
  expect(refused).toMatchObject({ status: 403, code: 'scope_missing' });
  expect(await api.mutate('members.export', { id: ann.id })).toMatchObject({ code: 'input_invalid' });
});

it('a cursor that no export gave is refused', async () => {
  const { id } = await api.member();
  const made = (place: object) => Buffer.from(JSON.stringify(place)).toString('base64url');
  const bad = [
    'e30',
    made({ part: 'users', after: null }),
    made({ part: 'links', after: { id: 'none' } }),
    made({ part: 'events', after: { program_id: 'x', id: "'; --" } }),
  ];
  for (const cursor of bad) {
    const answer = await api.mutate('members.export', { id, note, cursor });
    expect(answer, cursor).toMatchObject({ status: 400, code: 'input_invalid' });
  }
});
