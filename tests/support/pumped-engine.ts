import type { NativeConnection } from '@temporalio/worker';
import { afterEach } from 'vitest';
import { balancesOf } from '../../ledger/balances.ts';
import type { Pump } from '../../worker/events/pump.ts';
import { useDatabase } from './database.ts';
import { pumpInto, useEngine } from './engine.ts';
import { until } from './hand-over.ts';
import { type EventSeed, fixedPolicy, seedEvent, seedMember, seedProgram } from './seed.ts';

/** An engine whose pumps the tests start themselves, and programs whose events they store. */
export function usePumps() {
  let pumps: Pump[] = [];

  const database = useDatabase({ poolMax: 20, isProved: true });
  const engine = useEngine({ database, server: 'dev', pump: false });

  afterEach(async () => {
    await Promise.all(pumps.map((pump) => pump.stop()));
    pumps = [];
    // What a test leaves waiting falls due while a later one looks at the queue.
    await database.db.event.updateMany({ where: { state: { not: 'decided' } }, data: { state: 'parked' } });
  });

  function startPump(connection = engine.env.nativeConnection as NativeConnection): void {
    pumps.push(pumpInto(database, connection, engine.activities));
  }

  async function open() {
    const { db } = database;
    const programId = await seedProgram(db, fixedPolicy(500n, 30));
    const ann = await seedMember(db, programId, 'ann');
    const keep = (event: EventSeed) => seedEvent(db, programId, { subject: 'bob', ...event });
    const inState = (id: string, state: string) =>
      until(`state ${state}`, async () => {
        const event = await db.event.findFirst({ where: { id } });
        return event?.state === state && event;
      });
    return {
      db,
      programId,
      ann,
      keep,
      inState,
      signUp: (subject = 'bob') => keep({ type: 'signup', subject, payload: { code: ann.code } }),
      pending: async () => (await balancesOf(db, programId, ann.id))[0]?.pending_minor ?? 0n,
    };
  }

  return {
    database,
    engine,
    startPump,
    open,
    get pumps() {
      return pumps;
    },
  };
}
