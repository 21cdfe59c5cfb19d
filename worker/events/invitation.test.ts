import { expect, test } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { outcomeOf } from '../../tests/support/hand-over.ts';
import { seedInvitation } from '../../tests/support/invitations.ts';
import { usePumps } from '../../tests/support/pumped-engine.ts';

const { startPump, open } = usePumps();

const MINUTE_MS = 60_000;

test('a signup and its purchases reach the invitation by a click, and nobody else takes it', async () => {
  const { db, programId, ann, keep } = await open();
  const { id: linkId } = await seedInvitation(db, programId, ann, new Date(Date.now() - 60 * MINUTE_MS));
  const clicked = async () => {
    const clickId = newId(Date.now() - MINUTE_MS);
    const occurredAt = new Date(Date.now() - MINUTE_MS);
    await db.touch.create({ data: { programId, id: clickId, linkId, visitorId: newId(), occurredAt } });
    return { clickId };
  };
  const signup = await keep({ type: 'signup', subject: 'bob', payload: await clicked(), at: new Date() });
  const purchase = await keep({ type: 'purchase', subject: 'bob', at: new Date() });
  startPump();
  expect(await outcomeOf(db, signup.id)).toMatchObject({ decision: 'accepted', referralId: linkId });
  expect(await outcomeOf(db, purchase.id)).toMatchObject({ decision: 'accepted', referralId: linkId });
  const second = await keep({ type: 'signup', subject: 'cat', payload: await clicked(), at: new Date() });
  expect(await outcomeOf(db, second.id)).toMatchObject({ decision: 'refused', code: 'invitation_used' });
  expect(await db.referral.count({ where: { programId } })).toBe(1);
});
