import { beforeEach } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from './database.ts';
import { useActivities } from './play.ts';
import { seedProgram, testPolicy } from './seed.ts';
import { seedWebhook, tellOf, useReceiver } from './webhook-receiver.ts';

/** For each test a program of its own and a path of its own at a receiver; runs as a workflow makes them. */
export function useWebhookRuns() {
  const database = useDatabase();
  const activities = useActivities(database);
  const receiver = useReceiver();
  let programId = '';
  let path = '';

  beforeEach(async () => {
    programId = await seedProgram(database.db, testPolicy());
    path = `/${newId()}`;
  });

  return {
    database,
    activities,
    receiver,
    get programId() {
      return programId;
    },
    get path() {
      return path;
    },
    calls: () => receiver.calls.filter((call) => call.path === path),
    endpoint: (data: object = {}) =>
      seedWebhook(database.db, programId, { url: receiver.url + path, ...data }),
    say: (referralId = newId()) => tellOf(database.db, programId, referralId),
    run: (endpointId: string, lane: 'first' | 'retry' = 'first', now_ms = Date.now()) =>
      activities.deliverWebhooks({ programId, endpointId, lane, struggles: 0, now_ms }),
  };
}
