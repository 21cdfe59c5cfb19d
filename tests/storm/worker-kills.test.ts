import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freezeCommitOf } from '../support/storm-freeze.ts';
import { killOften, referMany, underLoad } from '../support/storm-load.ts';
import {
  createProgram,
  fixedAtOnce,
  type Referrer,
  type StormProgram,
  stormPolicy,
} from '../support/storm-program.ts';
import { seeded } from '../support/storm-random.ts';
import { expectCalm } from '../support/storm-settle.ts';
import { type Storm, startStorm } from '../support/storm-stack.ts';

const SEED = 20_260_401;
const WAIT_MS = 10_000;

let storm: Storm;
beforeAll(async () => {
  storm = await startStorm();
}, 120_000);
afterAll(() => storm?.close());

const onlyWorker = () => {
  const [worker] = storm.workers;
  if (worker === undefined) throw new Error('there is no worker');
  return worker;
};

/** Kills the worker when the transaction that tells `type` is committed and the worker waits to hear so. */
async function killBetweenCommitAndAnswer(
  program: StormProgram,
  type: string,
  cause: () => Promise<unknown>,
): Promise<void> {
  const told = async () => {
    const sql = 'SELECT 1 FROM outbox WHERE program_id = $1 AND type = $2';
    return (await storm.owner.query(sql, [program.id, type])).rowCount ?? 0;
  };
  const before = await told();
  const freeze = await freezeCommitOf(storm.owner, type);
  await cause();
  await freeze.untilFrozen();
  expect(await told()).toBe(before);
  await onlyWorker().end('SIGKILL');
  await freeze.thaw();
  // Nobody runs who could have done it now: it was committed before the worker died.
  await vi.waitFor(async () => expect(await told()).toBe(before + 1), { timeout: 5_000 });
  await onlyWorker().start();
}

describe('a worker killed between commit and answer', { timeout: 180_000 }, () => {
  let program: StormProgram;
  let ann: Referrer;

  test('has signed up, qualified, reserved and settled once: the next worker finds each done and does none again', async () => {
    program = await createProgram(storm, fixedAtOnce(1_000n));
    ann = await program.member('ann');
    await program.signup('first', ann.code);
    await program.purchase('first', 'purchase first', WAIT_MS);
    await killBetweenCommitAndAnswer(program, 'referral.signed_up', () => program.signup('bob', ann.code));
    await killBetweenCommitAndAnswer(program, 'referral.qualified', async () => {
      await program.signup('cid', ann.code);
      await program.purchase('cid');
    });
    await killBetweenCommitAndAnswer(program, 'redemption.paying', () => program.redeem(ann.id, 400n, 'r1'));
    await killBetweenCommitAndAnswer(program, 'redemption.settled', () => program.redeem(ann.id, 400n, 'r2'));
    await program.purchase('bob');
    await expectCalm(storm, program, [ann]);
  });
});

describe('a worker killed again and again at any moment', { timeout: 180_000 }, () => {
  test('loses no event and grants nothing twice: the rewards are the entitlement', async () => {
    const program = await createProgram(storm, stormPolicy());
    const ann = await program.member('ann');
    const load = referMany(program, ann);
    await killOften(onlyWorker(), 5, 1_000, seeded(SEED));
    await load;
    await expectCalm(storm, program, [ann]);
  });

  test('reserves and settles each redemption once, and pays no more than there is', async () => {
    const program = await createProgram(storm, fixedAtOnce(3_000n));
    const ann = await program.member('ann');
    await program.signup('bob', ann.code);
    await program.purchase('bob', 'purchase', WAIT_MS);
    const load = underLoad({ lanes: 2, rest_ms: 150, count: 40 }, (index) =>
      program.redeem(ann.id, 100n, `r${index}`),
    );
    await killOften(onlyWorker(), 4, 800, seeded(SEED + 1));
    await load;
    await expectCalm(storm, program, [ann]);
  });
});
