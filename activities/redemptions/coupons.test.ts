import { describe, expect, test } from 'vitest';
import { fillPool, seedPool } from '../../tests/support/catalogue.ts';
import { useCatalogue } from '../../tests/support/stocked-catalogue.ts';

const { activities, open } = useCatalogue();

describe('a coupon pool', () => {
  test('of 7 that 50 ask for at once gives 7 members a code each, and no code twice', {
    timeout: 120_000,
  }, async () => {
    const { programId, db, rich, ask, reserve, codes } = await open();
    const pool = await seedPool(db, programId, 7);
    // Every fifth cannot pay: what such a one had locked must go to somebody else.
    const members = await Promise.all(
      Array.from({ length: 50 }, (_, n) => rich(`m${n}`, n % 5 === 0 ? 50n : 1_000n)),
    );
    const asked = await Promise.all(members.map((member) => ask(member, pool)));
    const answers = await Promise.all(asked.map(reserve));
    expect(answers.filter(({ outcome }) => outcome.decision === 'accepted')).toHaveLength(7);
    const taken = (await codes(pool.id)).map(({ redemptionId }) => redemptionId);
    expect(taken).not.toContain(null);
    expect(new Set(taken).size).toBe(7);
  });

  test('pays by its code, which stands nowhere in the clear', async () => {
    const { programId, db, rich, ask, reserve, codes, finish } = await open();
    const pool = await seedPool(db, programId, 1);
    const asked = await ask(await rich('ann'), pool);
    await reserve(asked);
    const [code] = await codes(pool.id);
    expect(await activities.payRedemption(asked.ref)).toEqual({ result: 'paid', ref: `coupon:${code?.id}` });
    await finish(asked, 'settle');
    const told = await db.outbox.findMany({ where: { programId } });
    expect(
      JSON.stringify([code, told], (_key, item) => (typeof item === 'bigint' ? String(item) : item)),
    ).not.toContain('CODE-');
  });

  test('gets a code back from who was turned down, but not one that was seen', async () => {
    const { programId, db, rich, ask, reserve, codes, finish } = await open();
    const pool = await seedPool(db, programId, 1);
    const first = await ask(await rich('ann'), pool);
    await reserve(first);
    await finish(first, 'release');
    expect((await codes(pool.id))[0]).toMatchObject({ redemptionId: null, takenAt: null });
    const second = await ask(await rich('bob'), pool);
    await reserve(second);
    await db.couponCode.updateMany({ where: { itemId: pool.id }, data: { shownAt: new Date() } });
    await finish(second, 'release');
    expect((await codes(pool.id))[0]).toMatchObject({ redemptionId: second.id });
    const steal = db.couponCode.updateMany({ where: { itemId: pool.id }, data: { redemptionId: first.id } });
    await expect(steal).rejects.toThrow();
  });

  test('takes a code once, in whatever pool of the program it came first', async () => {
    const { programId, db, codes } = await open();
    const [one, two] = [await seedPool(db, programId, 0), await seedPool(db, programId, 0)];
    expect(await fillPool(db, programId, one.id, ['A1', 'A2', 'A1'])).toMatchObject({
      added: 2,
      duplicates: 1,
    });
    const both = await Promise.all([
      fillPool(db, programId, two.id, ['A2', 'A3']),
      fillPool(db, programId, one.id, ['A3', 'A1']),
    ]);
    expect(both.reduce((sum, { added }) => sum + added, 0)).toBe(1);
    expect([...(await codes(one.id)), ...(await codes(two.id))]).toHaveLength(3);
  });
});
