import { describe, expect, it } from 'vitest';
import { rawSql } from '../support/ledger.ts';
import { actionsOn } from './audit.ts';
import { useApi } from './harness.ts';

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
