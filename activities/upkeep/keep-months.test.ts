import { expect, test } from 'vitest';
import { examplePayload } from '../../domain/messages.ts';
import { createLog } from '../../platform/log.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { forgetPast, monthOf } from '../../tests/support/months.ts';
import { seedProgram, TEST_PRIVACY } from '../../tests/support/seed.ts';
import { seedWebhook } from '../../tests/support/webhook-receiver.ts';
import { claimDue } from '../webhooks/claim.ts';
import { keepMonths } from './keep-months.ts';

const database = useDatabase();

test('an endpoint that is enabled after a month of its messages ended goes on with the next', async () => {
  const { db } = database;
  await forgetPast(database);
  const programId = await seedProgram(db);
  const endpoint = await seedWebhook(db, programId, { url: 'https://shop.example/hook' });
  const type = 'level.reached';
  const payload = { ...examplePayload(type) } as object;
  const message = { programId, subject: 'member:ann', members: [], type, payload };
  await db.outbox.create({ data: { ...message, key: 'old', createdAt: monthOf('outbox', 4).at } });
  const set = (status: 'active' | 'disabled') => {
    const reason = status === 'disabled' ? 'failing' : null;
    return db.webhookEndpoint.updateMany({ where: { id: endpoint.id }, data: { status, reason } });
  };
  await set('disabled');
  const months = { ...TEST_PRIVACY.months, messages: 1 };
  const deps = { db, privacy: { ...TEST_PRIVACY, months }, log: createLog('test', 'fatal') };
  expect((await keepMonths(deps, { now_ms: Date.now() })).gone).toEqual([monthOf('outbox', 4).part]);
  await set('active');
  await db.outbox.create({ data: { ...message, key: 'new' } });
  const lane = { lane: 'first', after: 0n, limit: 1, now_ms: Date.now() } as const;
  const due = await claimDue(db, { programId, endpointId: endpoint.id }, lane);
  expect(due).toMatchObject([{ message: { key: 'new' }, sequence: 1 }]);
});
