import { expect, test } from 'vitest';
import { normalizeEmail } from '../../domain/members/email.ts';
import { must } from '../../domain/refusal.ts';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedProgram } from '../../tests/support/seed.ts';
import { findPayer } from './customers.ts';

const database = useDatabase();

/** A program whose members have these addresses, each under their own name, and who pays from an address. */
async function payersOf(addresses: Readonly<Record<string, string>>) {
  const { db } = database;
  const programId = await seedProgram(db);
  await db.member.createMany({
    data: Object.entries(addresses).map(([externalId, raw]) => {
      const { email, key } = must(normalizeEmail(raw));
      return { programId, id: newId(), externalId, referralCode: newId(), email, emailKey: key };
    }),
  });
  return (email: string) =>
    db.$transaction((tx) =>
      findPayer(
        tx,
        { programId, provider: 'stripe' },
        { member: null, customer: null, reference: null, email },
      ),
    );
}

test('an address is its member’s, however its domain is written', async () => {
  const payer = await payersOf({ bob: 'bob@müller.de' });
  expect(await payer('bob@xn--mller-kva.de')).toBe('bob');
  expect(await payer('Bob@MÜLLER.de')).toBe('bob');
});

test('of one mailbox’s spellings only the very one that a member has is theirs', async () => {
  const payer = await payersOf({ ann: 'ann@gmail.com', tag: 'ann+tag@gmail.com' });
  expect(await payer('ann@gmail.com')).toBe('ann');
  expect(await payer('ann+tag@gmail.com')).toBe('tag');
  expect(await payer('a.nn@gmail.com')).toBe(null);
});

test('an address of two members, or of none, is nobody’s', async () => {
  const payer = await payersOf({ one: 'bob@müller.de', two: 'bob@xn--mller-kva.de' });
  expect(await payer('bob@müller.de')).toBe(null);
  expect(await payer('eve@shop.example')).toBe(null);
});
