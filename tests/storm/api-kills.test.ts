import { describe, expect, test } from 'vitest';
import { killOften, referMany } from '../support/storm-load.ts';
import { createProgram, fixedAtOnce, stormPolicy } from '../support/storm-program.ts';
import { seeded } from '../support/storm-random.ts';
import { expectCalm } from '../support/storm-settle.ts';
import { useStorm } from '../support/storm-stack.ts';

const SEED = 20_260_402;

const storm = useStorm({ apis: 2, workers: 2 });

describe('an API killed in the middle of a stream of events', { timeout: 180_000 }, () => {
  test('has kept all that it acknowledged, and a repeat under one key gets the same answer', async () => {
    const program = await createProgram(storm, fixedAtOnce(100n));
    const ann = await program.member('ann');
    const load = referMany(program, ann);
    const random = seeded(SEED);
    for (const api of storm.apis) await killOften(api, 2, 800, random);
    await load;
    expect(program.troubles.get('unreachable')).toBeGreaterThan(0);
    await expectCalm(storm, program, [ann]);
    const sent = [...program.sent.events.values()].map(({ input }) => input);
    const [first, again] = [await repeat(), await repeat()];
    expect(again).toEqual(first);
    expect(first.every(({ replayed, status }) => replayed && status === 'decided')).toBe(true);

    function repeat() {
      return Promise.all(sent.map((input) => program.event(input)));
    }
  });
});

describe('two APIs and two workers, of which one of each is killed again and again', {
  timeout: 120_000,
}, () => {
  test('lose nothing and grant nothing twice between them: the rewards are the entitlement', async () => {
    const program = await createProgram(storm, stormPolicy());
    const ann = await program.member('ann');
    const [api, worker] = [storm.apis[0], storm.workers[0]];
    if (api === undefined || worker === undefined) throw new Error('there is nothing to kill');
    const load = referMany(program, ann);
    await Promise.all([
      killOften(api, 2, 1_500, seeded(SEED + 1)),
      killOften(worker, 3, 1_000, seeded(SEED + 2)),
    ]);
    await load;
    await expectCalm(storm, program, [ann]);
  });
});
