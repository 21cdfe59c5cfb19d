import fc from 'fast-check';
import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { NOTHING, playMerges } from '../../tests/support/merges.ts';
import { patientActivities } from '../../tests/support/patient.ts';
import { at, T0_MS, testActivities, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, seedEvent, usd } from '../../tests/support/seed.ts';
import { isPassing } from '../errors.ts';

const database = useDatabase({ isProved: true, poolMax: 16 });
const activities = useActivities(database);

const patient = patientActivities(activities);

const open = () => playMerges(database, patient, fixedPolicy(1_000n, 0));
type Opened = Awaited<ReturnType<typeof open>>;

const NAMES = ['f1', 'f2', 'f3', 'f4'] as const;

/** What friends do: each signs up by one of the two codes, buys, and may take it back. */
const friends = fc.record({
  byOther: fc.array(fc.boolean(), { minLength: NAMES.length, maxLength: NAMES.length }),
  refunds: fc.subarray([...NAMES]),
  /** After how many of the steps the accounts are merged; the rest run beside it. */
  mergedAfter: fc.integer({ min: 0, max: NAMES.length * 2 }),
});

/** What there is of Ann in the end. */
async function endOf({ program, programId, db, ann, memberOf }: Opened) {
  return {
    balance: await program.balance(ann.id, at(9)),
    count: (await memberOf(ann.id)).qualifiedReferrals,
    referrals: await db.referral.count({ where: { programId, referrerId: ann.id } }),
    rewards: await db.reward.count({ where: { programId, memberId: ann.id } }),
  };
}

test('whenever the merge comes, she has what one account would have', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(friends, async ({ byOther, refunds, mergedAfter }) => {
      const play = async (played: Opened, isOne: boolean) => {
        const { program, ann, anna } = played;
        const steps = [
          ...NAMES.map((name, nth) => async () => {
            const code = isOne || byOther[nth] !== true ? ann.code : anna.code;
            await program.signUp(name, { code });
          }),
          ...NAMES.map((name) => async () => {
            await program.act(name, { value: usd(9_900n), key: `o-${name}` });
          }),
        ];
        const before = isOne ? steps.length : mergedAfter;
        for (const step of steps.slice(0, before)) await step();
        const beside = steps.slice(before);
        const ref = isOne ? null : await played.wordOf(anna.id, ann.id, 1);
        const merging = ref === null ? null : patient.decideMember(ref);
        // Signups come before purchases, and each of a kind beside the others and the merge.
        const signups = beside.slice(0, Math.max(0, NAMES.length - before));
        await Promise.all(signups.map((step) => step()));
        await Promise.all(beside.slice(signups.length).map((step) => step()));
        await merging;
        for (const name of refunds) {
          await program.refund(name, `o-${name}`, { at: at(2), key: `r-${name}` });
        }
        return await endOf(played);
      };
      const [two, one] = [await open(), await open()];
      expect(await play(two, false)).toEqual(await play(one, true));
      expect(await two.program.balance(two.anna.id, at(9))).toMatchObject(NOTHING);
    }),
    { numRuns: 5 },
  );
});

test('of two merges at once into each other one happens, and the other hears that they are one', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { db, programId, ann, anna, wordOf, memberOf } = await open();
    const refs = [await wordOf(anna.id, ann.id, 1), await wordOf(ann.id, anna.id, 1)];
    await Promise.all(refs.map((ref) => patient.decideMember(ref)));
    const events = await db.event.findMany({ where: { programId, type: 'member.merged' } });
    const codes = events.map(({ outcome }) => (outcome as { code?: string }).code ?? 'accepted');
    expect(codes.sort()).toEqual(['accepted', 'same_member']);
    const merged = [await memberOf(ann.id), await memberOf(anna.id)].filter((it) => it.mergedInto !== null);
    expect(merged).toHaveLength(1);
  }
});

test('merges of a chain at once lead all to the last, whichever is first', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { program, ann, anna, wordOf, memberOf } = await open();
    const cat = await program.member('cat');
    const refs = [await wordOf(anna.id, ann.id, 1), await wordOf(ann.id, cat.id, 1)];
    await Promise.all(refs.map((ref) => patient.decideMember(ref)));
    expect([(await memberOf(anna.id)).mergedInto, (await memberOf(ann.id)).mergedInto]).toEqual([
      cat.id,
      cat.id,
    ]);
  }
});

test('a worker killed right after the move names what is left anew, and moves nothing twice', async () => {
  const { program, programId, db, ann, anna, wordOf } = await open();
  await program.signUp('bob', { code: anna.code });
  await program.act('bob', { value: usd(9_900n) });
  const ref = await wordOf(anna.id, ann.id, 1);
  let begun = 0;
  const killed = new Proxy(database.db, {
    get(target, name) {
      if (name === '$transaction') begun += 1;
      if (begun === 2) throw new Error('killed');
      return Reflect.get(target, name, target);
    },
  });
  const worker = testActivities({ ...database, db: killed, url: database.url });
  await expect(worker.decideMember(ref)).rejects.toThrow();
  const [eventId = ''] = ref.eventIds;
  const word = () => db.event.findUniqueOrThrow({ where: { programId_id: { programId, id: eventId } } });
  expect((await word()).state).not.toBe('decided');
  // The host reported it before the merge, and the pump had claimed it.
  await seedEvent(db, programId, { type: 'purchase', subject: 'anna', at: at(1) });
  await activities.decideMember(ref);
  expect(await word()).toMatchObject({ state: 'decided', outcome: { decision: 'accepted' } });
  expect(await db.event.count({ where: { programId, subject: 'anna' } })).toBe(0);
  expect(await db.outbox.count({ where: { programId, type: 'member.merged' } })).toBe(1);
  expect(await program.balance(ann.id, at(2))).toMatchObject({ available_minor: 1_000n });
});

test('what is written of the old account after the merge is refused, to be tried again', async () => {
  const { db, programId, ann, anna, merge } = await open();
  const link = await db.link.findFirstOrThrow({ where: { programId, memberId: anna.id } });
  await merge(anna.id, ann.id, 1);
  const stale = db.link.create({ data: { ...link, id: crypto.randomUUID(), code: 'stale77' } });
  await expect(stale).rejects.toSatisfy(isPassing);
  const cat = { programId, id: crypto.randomUUID(), linkId: link.id, referrerId: anna.id };
  const referral = { ...cat, policyVersion: 1, stage: 'signed_up' as const, issuedAt: new Date(T0_MS) };
  await expect(db.referral.create({ data: referral })).rejects.toSatisfy(isPassing);
});
