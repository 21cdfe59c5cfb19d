import { expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { eraseAll, testPrivacy, WORDS, zerlina } from '../../tests/support/erased-member.ts';
import { at, T0_MS, testActivities } from '../../tests/support/play.ts';
import { seedEvent } from '../../tests/support/seed.ts';
import { dumpOf, tracesOf } from '../../tests/support/traces.ts';
import { exportRows } from './export.ts';
import { readErasures } from './kept-list.ts';
import { personOf } from './person.ts';

const database = useDatabase({ isProved: true });
const words = Object.values(WORDS);

/** Zerlina, whose account was merged into a second one of hers. */
async function mergedZerlina() {
  const made = await zerlina(database);
  const { db, programId, memberId: goesId, play } = made;
  const { id: staysId } = await play.member('her-other-account', 'zerlina.other@private.example');
  const payload = { actor: 'key:1', note: 'One person.', intoMemberId: staysId };
  const { id } = await seedEvent(db, programId, { type: 'member.merged', payload, at: at(50) });
  const ref = { programId, memberId: goesId, eventIds: [id], now_ms: at(50).getTime() };
  await testActivities(database).decideMember(ref);
  const event = await db.event.findUniqueOrThrow({ where: { programId_id: { programId, id } } });
  expect(event.outcome).toMatchObject({ decision: 'accepted' });
  return { ...made, goesId, staysId };
}

it('an erasure takes every account that was merged into the member, and lists each', async () => {
  const { db, programId, goesId, staysId } = await mergedZerlina();
  const settings = testPrivacy();
  const ref = { programId, memberId: staysId, eventId: newId(), badges: 'revoke' as const, now_ms: T0_MS };
  const done = await eraseAll(database, settings, ref);
  // What was of the other account is told with the rest: nobody can ask for that account's own report.
  expect(done).toMatchObject({
    ok: true,
    value: {
      rows: { members: 2, billing_customers: 1, survey_answers: 1 },
      elsewhere: expect.arrayContaining(['the customer at the billing system']),
    },
  });
  const others = ['her-other-account', 'zerlina.other@private.example'];
  expect(tracesOf(await dumpOf(database.ownerUrl), [...words, ...others])).toEqual([]);
  const accounts = await db.member.findMany({ where: { programId, id: { in: [goesId, staysId] } } });
  for (const account of accounts) expect(account.erasedAt).not.toBeNull();
  const listed = (await readErasures(settings.listFile)).map(({ memberId }) => memberId);
  expect(listed.sort()).toEqual([goesId, staysId].sort());
});

it('an export tells of every account that was merged into the member, page by page, once', async () => {
  const { db, programId, goesId, staysId } = await mergedZerlina();
  const person = await personOf(db, programId, staysId);
  if (person === null) throw new Error('there is no such member');
  const whole = await exportRows(db, person, null, 10_000);
  expect(whole.next).toBeNull();
  const members = whole.rows.filter(({ of }) => of === 'members').map(({ row }) => row['id']);
  expect(members).toEqual([staysId, goesId]);
  const paged: (typeof whole.rows)[number][] = [];
  for (let place = null; ; ) {
    const page: typeof whole = await exportRows(db, person, place, 7);
    paged.push(...page.rows);
    if (page.next === null) break;
    place = page.next;
  }
  expect(paged).toEqual(whole.rows);
});
