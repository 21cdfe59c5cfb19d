import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { clickOn, unrecorded } from '../support/storm-clicks.ts';
import { referMany, underLoad } from '../support/storm-load.ts';
import { createProgram, fixedAtOnce, stormPolicy } from '../support/storm-program.ts';
import { expectCalm } from '../support/storm-settle.ts';
import { useStorm } from '../support/storm-stack.ts';

const AWAY_MS = 2_000;
/** Longer than the API trusts what it knows of a link. */
const DATABASE_AWAY_MS = 5_500;

const storm = useStorm();

const allServe = () => [...storm.apis, ...storm.workers].every((process) => process.isAlive());

describe('while Temporal is away', { timeout: 180_000 }, () => {
  test('the API accepts without a single failure, and all is decided once Temporal is back', async () => {
    const program = await createProgram(storm, stormPolicy());
    const ann = await program.member('ann');
    const load = referMany(program, ann, 30);
    await sleep(500);
    await storm.temporal.end('SIGTERM');
    await load;
    await sleep(AWAY_MS);
    expect([...program.troubles]).toEqual([]);
    await storm.temporal.start();
    await expectCalm(storm, program, [ann]);
    expect(allServe()).toBe(true);
  });

  test('killed in the middle of its work and started again on its file, it forgets no event', async () => {
    const program = await createProgram(storm, fixedAtOnce(100n));
    const ann = await program.member('ann');
    const load = referMany(program, ann, 30);
    await sleep(1_000);
    await storm.temporal.end('SIGKILL');
    await storm.temporal.start();
    await load;
    await expectCalm(storm, program, [ann]);
    expect(allServe()).toBe(true);
  });
});

describe('while PostgreSQL is away', { timeout: 180_000 }, () => {
  test.each([
    ['restarted', 'SIGINT'],
    ['crashed', 'SIGQUIT'],
  ] as const)(
    '%s: known links redirect, every click is counted, and no event is lost whose sender repeats it',
    async (_how, signal) => {
      const program = await createProgram(storm, fixedAtOnce(100n));
      const ann = await program.member('ann');
      const clicks: string[] = [await clickOn(storm, ann.code)];
      const load = referMany(program, ann, 30);
      const clicking = underLoad({ lanes: 2, rest_ms: 70, count: 220 }, async () => {
        clicks.push(await clickOn(storm, ann.code));
      });
      await sleep(700);
      await storm.postgres.end(signal);
      const before = clicks.length;
      await sleep(DATABASE_AWAY_MS);
      expect(clicks.length).toBeGreaterThan(before);
      await storm.postgres.start();
      await Promise.all([load, clicking]);
      expect([...program.troubles.keys()]).toEqual(['database_unavailable']);
      await expectCalm(storm, program, [ann]);
      await vi.waitFor(async () => expect(await unrecorded(storm, clicks)).toEqual([]), { timeout: 10_000 });
      expect(new Set(clicks).size).toBe(clicks.length);
      expect(allServe()).toBe(true);
    },
  );
});
