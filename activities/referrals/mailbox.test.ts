import { expect, test } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { seedMember, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase();
const activities = useActivities(database);

/** Pays at once for a signup, so that a signup that is not held shows in the balance. */
async function open() {
  const rules = [testRule({ trigger: { on: 'signed_up' } })];
  const program = await playProgram(database, activities, testPolicy({ rules }));
  return { program, ann: await program.member('ann', 'ann@example.org') };
}

/** A signup from a browser and an address of its own. */
const alone = (code: string, email: string) => ({
  code,
  email,
  visitorId: crypto.randomUUID(),
  ipHash: crypto.randomUUID(),
});

const SPELLINGS = [
  'zed@gmail.com',
  'zed+1@gmail.com',
  'z.e.d@gmail.com',
  'ZED@googlemail.com',
  'z.ed+x@gmail.com',
];

test('five signups of one mailbox, each from its own browser, earn once without a review', async () => {
  const { program, ann } = await open();
  const stages: (string | null)[] = [];
  for (const [n, email] of SPELLINGS.entries()) {
    const { snapshot } = await program.signUp(`zed${n}`, alone(ann.code, email), { at: at(n) });
    stages.push(snapshot.stage);
  }
  expect(stages).toEqual(['signed_up', ...Array(4).fill('in_review')]);
  expect(await program.netRewards(ann.id)).toBe(100n);
});

test('the same five at one moment earn once too', async () => {
  const { program, ann } = await open();
  const all = await Promise.all(
    SPELLINGS.map((email, n) => program.signUp(`zed${n}`, alone(ann.code, email))),
  );
  expect(all.map(({ snapshot }) => snapshot.stage).sort()).toEqual([
    ...Array(4).fill('in_review'),
    'signed_up',
  ]);
  expect(await program.netRewards(ann.id)).toBe(100n);
});

test('a signup of a mailbox waits for another one that is under way, and then knows of it', async () => {
  const { program, ann } = await open();
  let second: ReturnType<typeof program.signUp> | null = null;
  await program.db.$transaction(async (tx) => {
    // What a signup asks; no member has the mailbox yet.
    const [first] = await tx.$queryRaw<{ isKnown: boolean }[]>`
      SELECT mailbox_known(${program.id}::uuid, 'zed@gmail.com', 'hash', ${newId()}::uuid) AS "isKnown"`;
    expect(first).toEqual({ isKnown: false });
    second = program.signUp('ze2', alone(ann.code, 'z.ed@gmail.com'));
    const waiting = () => program.db.$queryRaw`
      SELECT FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()
      WHERE locktype = 'advisory' AND NOT granted`;
    await expect.poll(waiting).toHaveLength(1);
    await seedMember(tx, program.id, 'zed', 'zed@gmail.com');
  });
  expect(await second).toMatchObject({ snapshot: { stage: 'in_review' } });
});

test('a mailbox is known of any referral, of a member never referred, and of one who had it', async () => {
  const { program, ann } = await open();
  const cat = await program.member('cat', 'cat@example.org');
  await program.member('dan', 'dan@proton.me');
  await program.signUp('eve', alone(cat.code, 'eve@me.com'));
  await program.signUp('fay', alone(cat.code, 'fay@shop.example'));
  const where = { programId: program.id, externalId: 'fay' };
  await program.db.member.updateMany({ where, data: { email: null, emailKey: null } });
  for (const [subject, email] of [
    ['d2', 'd.a.n@pm.me'],
    ['e2', 'eve+again@icloud.com'],
    ['f2', 'fay@shop.example'],
  ] as const) {
    const { snapshot, outcome } = await program.signUp(subject, alone(ann.code, email));
    expect(snapshot.stage, email).toBe('in_review');
    expect(JSON.stringify(outcome.trace)).toContain('email_known');
  }
});

test('a member whom the host made with an address is judged by it when the signup names none', async () => {
  const { program, ann } = await open();
  await program.member('bob', 'zed@example.net');
  await program.member('cat', 'zed@example.net');
  const { email: _, ...nameless } = alone(ann.code, '');
  const { snapshot } = await program.signUp('cat', nameless);
  expect(snapshot.stage).toBe('in_review');
});

test('a member’s own mailbox, and one of another program, are not known ones', async () => {
  const { program, ann } = await open();
  await program.member('bob', 'bob@example.net');
  const signup = await program.signUp('bob', alone(ann.code, 'bob@example.net'));
  expect(signup.snapshot.stage).toBe('signed_up');
  const other = await open();
  const there = await other.program.signUp('bob', alone(other.ann.code, 'bob@example.net'));
  expect(there.snapshot.stage).toBe('signed_up');
  expect(there.outcome.trace).toMatchObject({ fraud: { score: 0, signals: [] } });
});

test('a domain is one domain however it is written, and not disposable for its letters', async () => {
  const { program, ann } = await open();
  const first = await program.signUp('bob', alone(ann.code, 'bob@müller.de'));
  expect(first.outcome.trace).toMatchObject({ fraud: { verdict: 'allow', score: 0 } });
  const second = await program.signUp('bo2', alone(ann.code, 'bob@xn--mller-kva.de'), { at: at(1) });
  expect(second.snapshot.stage).toBe('in_review');
  const self = await program.member('mia', 'mia@xn--mller-kva.de');
  const own = await program.signUp('mi2', alone(self.code, 'mia@müller.de'));
  expect(own.snapshot).toMatchObject({ stage: 'rejected', verdict: 'deny' });
});

test('an approved second signup of a mailbox earns as an operator said', async () => {
  const { program, ann } = await open();
  await program.signUp('zed', alone(ann.code, 'zed@gmail.com'));
  await program.signUp('ze2', alone(ann.code, 'z.ed@gmail.com'));
  await program.review('ze2', 'approved');
  expect(await program.netRewards(ann.id)).toBe(usd(200n).minor);
});
