import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { engageProgram } from '../../tests/support/engage.ts';
import { useEngine } from '../../tests/support/engine.ts';
import { outcomeOf, store, until } from '../../tests/support/hand-over.ts';
import { milestonePolicy, playMilestones, testMilestone } from '../../tests/support/milestones.ts';
import { usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const engine = useEngine({ database, server: 'dev', pump: true });

test('whoever reaches a milestone is awarded it without a sweep, and may lose it to a refund', async () => {
  const policy = milestonePolicy([testMilestone({ reversible: true })]);
  const { program, ann, awards } = await playMilestones(database, engine.activities, policy);
  await engageProgram(program.db, program.id);
  const keys: string[] = [];
  for (const subject of ['bob', 'cat']) {
    await store(program.db, program.id, { type: 'signup', subject, payload: { code: ann.code } });
    const purchase = await store(program.db, program.id, { type: 'purchase', subject, value: usd(1_000n) });
    await outcomeOf(program.db, purchase.eventId);
    keys.push(purchase.key);
  }
  await until('the award', async () => (await awards()).some(({ status }) => status === 'awarded'));
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
  await store(program.db, program.id, { type: 'refund', subject: 'bob', refundOf: keys[0] ?? '' });
  await until('its end', async () => (await awards()).some(({ status }) => status === 'reversed'));
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, owed_minor: 0n });
  expect(await awards()).toHaveLength(1);
});
