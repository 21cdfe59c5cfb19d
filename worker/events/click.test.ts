import { describe, expect, test } from 'vitest';
import { clickTimeOf } from '../../domain/links/click-id.ts';
import { newId } from '../../platform/ids.ts';
import { outcomeOf, until } from '../../tests/support/hand-over.ts';
import { usePumps } from '../../tests/support/pumped-engine.ts';
import { referralIdOf } from '../../tests/support/seed.ts';

const { engine, startPump, open } = usePumps();

const MINUTE_MS = 60_000;

async function openClicks() {
  const opened = await open();
  const { db, programId, ann, keep } = opened;
  return {
    ...opened,
    signUpBy: (payload: Record<string, unknown>, at = new Date(), subject = 'bob') =>
      keep({ type: 'signup', subject, payload, at }),
    store: (id: string) => {
      const occurredAt = new Date(clickTimeOf(id) ?? 0);
      return db.touch.create({
        data: { programId, id, linkId: ann.linkId, visitorId: newId(), occurredAt },
      });
    },
  };
}

describe('a signup whose click is on its way into the database', () => {
  test('waits for it, with what the member does meanwhile, and is then credited by it', async () => {
    const { db, keep, signUpBy, store, inState } = await openClicks();
    const clicks = Array.from({ length: 20 }, (_, nth) => ({ id: newId(Date.now() - 2_000), nth }));
    const signups = await Promise.all(
      clicks.map(({ id, nth }) => signUpBy({ clickId: id }, new Date(), `m${nth}`)),
    );
    const purchase = await keep({ type: 'purchase', subject: 'm0' });
    startPump();
    for (const { id } of signups) {
      expect(await inState(id, 'waiting')).toMatchObject({ reason: 'waits_for_click' });
    }
    expect(await inState(purchase.id, 'waiting')).toMatchObject({ reason: 'waits_for_signup' });
    await Promise.all(clicks.map(({ id }) => store(id)));
    for (const { id } of signups) {
      expect(await outcomeOf(db, id)).toMatchObject({
        decision: 'accepted',
        trace: { attributed_by: 'click' },
      });
    }
    expect(await outcomeOf(db, purchase.id)).toMatchObject({ decision: 'accepted', stage: 'qualified' });
  });

  test('waits for a minute after it came and no longer: then the click counts as unknown', async () => {
    const { db, signUpBy, inState } = await openClicks();
    const { id } = await signUpBy({ clickId: newId() });
    startPump();
    const waiting = await inState(id, 'waiting');
    expect(waiting).toMatchObject({ reason: 'waits_for_click' });
    await db.event.updateMany({ where: { id }, data: { receivedAt: new Date(Date.now() - MINUTE_MS) } });
    expect(await outcomeOf(db, id)).toMatchObject({ decision: 'refused', code: 'no_attribution' });
  });

  test('starts no workflow while it waits', async () => {
    const { db, programId, signUpBy } = await openClicks();
    const { id } = await signUpBy({ clickId: newId() });
    startPump();
    await until('three tries', () => db.event.findFirst({ where: { id, attempts: { gte: 3 } } }));
    const workflow = engine.client.workflow.getHandle(`referral-${referralIdOf(programId, 'bob')}`);
    await expect(workflow.describe()).rejects.toThrow('not found');
  });
});

describe('a signup waits for no click', () => {
  test.each([
    ['when its own code decides', 0, (code: string) => ({ code, clickId: newId() }), 'accepted'],
    ['when the id is not of version 7', 0, () => ({ clickId: crypto.randomUUID() }), 'refused'],
    [
      'that was made more than a day ago',
      0,
      () => ({ clickId: newId(Date.now() - 1_500 * MINUTE_MS) }),
      'refused',
    ],
    ['when it is dated in the past', 90, () => ({ clickId: newId(Date.now() - 91 * MINUTE_MS) }), 'refused'],
    ['that came after it', 1, () => ({ clickId: newId() }), 'refused'],
  ])('%s', async (_, ago_minutes, payloadOf, decision) => {
    const { db, ann, signUpBy } = await openClicks();
    const at = new Date(Date.now() - ago_minutes * MINUTE_MS);
    const { id } = await signUpBy(payloadOf(ann.code), at);
    startPump();
    expect(await outcomeOf(db, id)).toMatchObject({ decision });
    expect(await db.event.findFirst({ where: { id } })).toMatchObject({ attempts: 1 });
  });
});
