import { describe, expect, test } from 'vitest';
import { seedItem } from '../../tests/support/catalogue.ts';
import { useCatalogue } from '../../tests/support/stocked-catalogue.ts';

const { open } = useCatalogue();

describe('a stock', () => {
  test('of 7 that 50 ask for at once goes to exactly 7, and the others keep their balance', {
    timeout: 120_000,
  }, async () => {
    const { programId, db, rich, ask, reserve, stockOf } = await open();
    const item = await seedItem(db, programId, { stock: 7 });
    const members = await Promise.all(Array.from({ length: 50 }, (_, n) => rich(`m${n}`)));
    const asked = await Promise.all(members.map((member) => ask(member, item)));
    const answers = await Promise.all(asked.map(reserve));
    expect(answers.filter(({ outcome }) => outcome.decision === 'accepted')).toHaveLength(7);
    const refused = answers.filter(({ outcome }) => outcome.decision === 'refused');
    expect(new Set(refused.map(({ outcome }) => outcome.code))).toEqual(new Set(['out_of_stock']));
    expect(await stockOf(item)).toBe(0);
    const reserved = await db.ledgerTransaction.count({ where: { programId, intent: 'reserve' } });
    expect(reserved).toBe(7);
  });

  test('is taken from once and given back once, however often both are repeated', async () => {
    const { programId, db, rich, ask, reserve, finish, stockOf, balance } = await open();
    const item = await seedItem(db, programId, { stock: 3 });
    const ann = await rich('ann');
    const asked = await ask(ann, item);
    await Promise.all(Array.from({ length: 10 }, () => reserve(asked)));
    expect(await stockOf(item)).toBe(2);
    await Promise.all(Array.from({ length: 10 }, () => finish(asked, 'release')));
    await finish(asked, 'settle');
    expect(await stockOf(item)).toBe(3);
    expect(await balance(ann)).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
  });

  test('keeps its unit when the balance is too small', async () => {
    const { programId, db, rich, ask, reserve, stockOf } = await open();
    const item = await seedItem(db, programId, { stock: 1, priceMinor: 2_000n });
    const { outcome } = await reserve(await ask(await rich('ann'), item));
    expect(outcome).toMatchObject({ decision: 'refused', code: 'insufficient_balance' });
    expect(await stockOf(item)).toBe(1);
  });

  test('cannot fall below zero, whoever writes', async () => {
    const { programId, db } = await open();
    const item = await seedItem(db, programId, { stock: 0 });
    const take = db.$executeRaw`UPDATE catalogue_items SET stock = stock - 1 WHERE id = ${item.id}::uuid`;
    await expect(take).rejects.toThrow();
  });
});
