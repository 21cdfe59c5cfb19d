import { expect, test } from 'vitest';
import { outcomeOf } from '../../tests/support/hand-over.ts';
import { DAY_MS } from '../../tests/support/play.ts';
import { usePumps } from '../../tests/support/pumped-engine.ts';

const { startPump, open } = usePumps();

test('a paused program’s events are held until it is live again', async () => {
  const { db, programId, inState, signUp } = await open();
  await db.program.update({ where: { id: programId }, data: { status: 'paused' } });
  startPump();
  const signup = await signUp();
  expect(await inState(signup.id, 'waiting')).toMatchObject({ reason: 'program_paused' });
  await db.program.update({ where: { id: programId }, data: { status: 'live' } });
  await db.event.updateMany({ where: { id: signup.id }, data: { dueAt: new Date() } });
  expect(await outcomeOf(db, signup.id)).toMatchObject({ decision: 'accepted' });
});

test('a pause that its end’s time has overtaken holds nothing any more', async () => {
  const { db, programId, keep, signUp } = await open();
  const signup = await signUp();
  const purchase = await keep({ type: 'purchase' });
  const endsAt = new Date(Date.now() + 1);
  await db.program.update({ where: { id: programId }, data: { status: 'paused', endsAt } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  startPump();
  for (const { id } of [signup, purchase]) {
    expect(await outcomeOf(db, id)).toMatchObject({ decision: 'accepted' });
  }
});

test('a time of more than a week in a pause does not count against what waits for its signup', async () => {
  const { db, programId, keep, inState } = await open();
  const { id } = await keep({ type: 'purchase' });
  await db.event.updateMany({ where: { id }, data: { receivedAt: new Date(Date.now() - 8 * DAY_MS) } });
  await db.program.update({ where: { id: programId }, data: { statusAt: new Date() } });
  startPump();
  expect(await inState(id, 'waiting')).toMatchObject({ reason: 'waits_for_signup' });
});

test('after a program’s end a purchase without a signup is refused, as no signup can come', async () => {
  const { db, programId, keep } = await open();
  const { id } = await keep({ type: 'purchase', subject: 'stranger' });
  await db.event.updateMany({ where: { id }, data: { receivedAt: new Date(Date.now() - 120_000) } });
  await db.program.update({ where: { id: programId }, data: { status: 'ended' } });
  startPump();
  expect(await outcomeOf(db, id)).toMatchObject({ decision: 'refused', code: 'not_referred' });
});
