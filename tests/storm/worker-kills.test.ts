import { describe, test } from 'vitest';
import { killBetweenCommitAndAnswer, onlyWorker } from '../support/storm-kills.ts';
import { killOften, referMany } from '../support/storm-load.ts';
import {
  createProgram,
  fixedAtOnce,
  type Referrer,
  type StormProgram,
  stormPolicy,
} from '../support/storm-program.ts';
import { seeded } from '../support/storm-random.ts';
import { expectCalm } from '../support/storm-settle.ts';
import { useStorm } from '../support/storm-stack.ts';
import { expectAllTold } from '../support/storm-webhooks.ts';
import { useReceiver } from '../support/webhook-receiver.ts';

const SEED = 20_260_401;
const WAIT_MS = 10_000;

const storm = useStorm();

const receiver = useReceiver();

describe('a worker killed between commit and answer', { timeout: 180_000 }, () => {
  let program: StormProgram;
  let ann: Referrer;

  test('has signed up, qualified, reserved and settled once: the next worker does none again', async () => {
    program = await createProgram(storm, fixedAtOnce(1_000n));
    ann = await program.member('ann');
    await program.signup('first', ann.code);
    await program.purchase('first', 'purchase first', WAIT_MS);
    await killBetweenCommitAndAnswer(storm, program, 'referral.signed_up', () =>
      program.signup('bob', ann.code),
    );
    await killBetweenCommitAndAnswer(storm, program, 'referral.qualified', async () => {
      await program.signup('cid', ann.code);
      await program.purchase('cid');
    });
    await killBetweenCommitAndAnswer(storm, program, 'redemption.paying', () =>
      program.redeem(ann.id, 400n, 'r1'),
    );
    await killBetweenCommitAndAnswer(storm, program, 'redemption.settled', () =>
      program.redeem(ann.id, 400n, 'r2'),
    );
    await program.purchase('bob');
    await expectCalm(storm, program, [ann]);
  });
});

describe('a worker killed again and again at any moment', { timeout: 180_000 }, () => {
  test('loses no event and grants nothing twice, and the endpoint hears of all that happened', async () => {
    const program = await createProgram(storm, stormPolicy());
    const ann = await program.member('ann');
    await program.call((client) => client.webhooks.create.mutate({ url: `${receiver.url}/hook` }));
    const load = referMany(program, ann);
    await killOften(onlyWorker(storm), 5, 1_000, seeded(SEED));
    await load;
    await expectCalm(storm, program, [ann]);
    await expectAllTold(storm, program, receiver);
  });
});
