import { describe, expect, it } from 'vitest';
import { sha256 } from '../../platform/hash.ts';
import { rawSql } from '../support/ledger.ts';
import { actionsOn } from './audit.ts';
import { type CallOptions, useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();

describe('the audit log', () => {
  it('tells who did what: by actor, action, subject and time, each alone and together', async () => {
    const { programId, key } = await api.program();
    const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));
    const entry = (hour: number, actor: string, action: string, subject: string) => ({
      programId,
      actor,
      action,
      subject,
      detail: {},
      at: at(hour),
    });
    await api.db.auditEntry.createMany({
      data: [
        entry(1, 'schedule', 'program.started', 'a'),
        entry(2, 'key:1', 'program.started', 'b'),
        entry(3, 'key:1', 'program.paused', 'a'),
        entry(4, 'schedule', 'program.ended', 'a'),
      ],
    });
    const hours = async (filters: object) => {
      const { items } = (await api.query('audit.list', { to: at(5), ...filters }, { key })).data;
      return items.map((item: { at: string }) => new Date(item.at).getUTCHours());
    };
    expect(await hours({})).toEqual([4, 3, 2, 1]);
    expect(await hours({ actor: 'key:1' })).toEqual([3, 2]);
    expect(await hours({ action: 'program.started' })).toEqual([2, 1]);
    expect(await hours({ subject: 'a' })).toEqual([4, 3, 1]);
    expect(await hours({ from: at(2), to: at(4) })).toEqual([3, 2]);
    expect(await hours({ from: '2026-01-01T04:00:00+01:00' })).toEqual([4, 3]);
    expect(await hours({ actor: 'schedule', subject: 'a', from: at(2) })).toEqual([4]);
    expect(await hours({ actor: 'key:2' })).toEqual([]);
    expect(await hours({ limit: 2, action: 'program.started' })).toEqual([2, 1]);
  });

  it('has one entry for a key and for a secret that are revoked twice', async () => {
    const { id } = await api.key(['read']);
    const secret = (await api.mutate('tokens.createSecret', undefined)).data;
    for (const _ of [1, 2]) {
      expect((await api.mutate('keys.revoke', { id })).data).toEqual({ id, revoked: true });
      const revoked = await api.mutate('tokens.revokeSecret', { id: secret.id });
      expect(revoked.data).toEqual({ id: secret.id, revoked: true });
    }
    expect(await actionsOn(api, { subject: id })).toEqual(['key.revoked']);
    expect(await actionsOn(api, { subject: secret.id })).toEqual([
      'tokens.secret_revoked',
      'tokens.secret_created',
    ]);
  });

  it('is exported page by page, the oldest first, and records each export with its SHA-256', async () => {
    const { programId, key } = await api.program();
    const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));
    const made = [1, 2, 3, 4].map((hour) => ({
      programId,
      actor: 'schedule',
      action: 'program.started',
      subject: 'a',
      detail: { note: `a line\nof ${hour}` },
      at: at(hour),
    }));
    await api.db.auditEntry.createMany({ data: made });
    const range = { from: at(1), to: at(4) };
    const take = (input: object, options: CallOptions = {}) =>
      api.mutate('audit.export', { ...range, ...input }, { key, ...options });
    const first = (await take({ limit: 2 }, { idempotencyKey: 'export' })).data;
    const second = (await take({ cursor: first.nextCursor })).data;
    expect([first.entries, second.entries, second.nextCursor]).toEqual([2, 1, null]);
    const lines = `${first.ndjson}${second.ndjson}`
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject(made.slice(0, 3).map((entry) => ({ ...entry, at: entry.at.toISOString() })));
    const { items } = (await api.query('audit.list', { action: 'audit.exported' }, { key })).data;
    expect(items.map(({ detail }: { detail: object }) => detail)).toMatchObject([
      { entries: 1, sha256: sha256(second.ndjson), after: lines[1]?.id },
      { entries: 2, sha256: sha256(first.ndjson), after: '0' },
    ]);
    const again = await take({ limit: 2 }, { idempotencyKey: 'export' });
    expect(again.data).toEqual({ ...first, ndjson: null });
  });

  it('is not exported before the time is over, nor by a key that lacks `audit:read`', async () => {
    const { token } = await api.key(['read']);
    const take = (to: Date, options: CallOptions = {}) =>
      api.mutate('audit.export', { from: '2026-01-01T00:00:00Z', to }, options);
    const early = () => take(new Date(Date.now() - 50_000));
    await expectRefused(api, early, { status: 400, code: 'input_invalid' });
    const send = () => take(new Date(0), { key: token });
    await expectRefused(api, send, { status: 403, code: 'scope_missing' });
  });

  it('can be added to and nothing else, whoever tries', async () => {
    await api.key(['read']);
    await api.mutate('tokens.createSecret', undefined);
    for (const change of [
      "UPDATE audit_log SET actor = 'nobody'",
      'DELETE FROM audit_log',
      'TRUNCATE audit_log',
    ]) {
      await expect(rawSql(api.database.ownerUrl, change)).rejects.toThrow('audit_log');
      await expect(api.db.$executeRawUnsafe(change)).rejects.toThrow('permission denied');
    }
  });
});
