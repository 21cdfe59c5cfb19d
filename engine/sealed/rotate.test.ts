import { expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { type SealRing, seal, unseal } from '../../platform/seal.ts';
import { seedItem } from '../../tests/support/catalogue.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { openHeld, seedHeld } from '../../tests/support/held-payout.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { seedProgram } from '../../tests/support/seed.ts';
import { issuerKey } from '../badges/keys.ts';
import { openSource, setSource } from '../billing/source.ts';
import { openCoupon } from '../catalogue/coupon-seal.ts';
import { addCoupons } from '../catalogue/coupons.ts';
import { readEndpoint, setEndpoint } from '../payouts/endpoint.ts';
import { tokenSealKey } from '../tokens/seal-key.ts';
import { openUserMail, queueUserMail } from '../users/mail.ts';
import { secondFactorSealing } from '../users/second-factor-seal.ts';
import { addSecret, openSecrets } from '../webhooks/secrets.ts';
import { SEALED_PLACES } from './places.ts';
import { isComplete, type RotatedPurpose, rotateSecrets } from './rotate.ts';

const OLD: SealRing = ['the secret of last year'];
const BOTH: SealRing = ['the secret of this year', ...OLD];
const NEW: SealRing = ['the secret of this year'];
const now = new Date();

const database = useDatabase();
const places = Object.values(SEALED_PLACES).flat();

/** A program that keeps something sealed in every place. */
async function seedSealed(ring: SealRing, codes: readonly string[] = ['CODE-1', 'CODE-2']) {
  const { db } = database;
  const programId = await seedProgram(db);
  const pair = await issuerKey(db, programId, ring);
  const { id: itemId } = await seedItem(db, programId, { kind: 'coupon', method: 'coupon' });
  const change = { settings: {}, secrets: ['whsec_1', 'whsec_2'], apiKey: 'sk_1', now };
  const ids = { tokenId: newId(), endpointId: newId() };
  await db.$transaction(async (tx) => {
    await addCoupons(tx, { programId, itemId, ring }, codes);
    await setSource(tx, { programId, provider: 'stripe' }, ring, change);
    await setEndpoint(tx, programId, { url: 'https://example.com/pay', ring, now });
    const token = { programId, id: ids.tokenId, sealed: seal(tokenSealKey(ring, ids.tokenId), 'mts_1') };
    await tx.tokenSecret.create({ data: token });
    await tx.webhookEndpoint.create({
      data: { programId, id: ids.endpointId, url: 'https://example.com/hook' },
    });
    const webhook = { programId, endpointId: ids.endpointId };
    await addSecret(tx, webhook, { signing: 'whsec_3', ring, now, overlap_ms: 0 });
  });
  const held = { redemptionId: await seedHeld(db, programId, ring, 'iban_1') };
  return { programId, itemId, ...ids, ...held, pair, ...(await seedUser(ring)) };
}

/** A user with a second factor, as the sign-in library keeps it, and an e-mail that waits. */
async function seedUser(ring: SealRing) {
  const [userId, now_ms] = [newId(), Date.now()];
  const [secret, backupCodes] = await Promise.all(
    ['totp_1', '["code-1"]'].map((text) => secondFactorSealing(ring).seal(text)),
  );
  if (secret === undefined || backupCodes === undefined) throw new Error('nothing was sealed');
  const twoFactor = { create: { id: newId(), secret, backupCodes } };
  const email = `${userId}@example.com`;
  await database.db.user.create({ data: { id: userId, name: 'Ann', email, twoFactor } });
  const mail = { kind: 'sign_in', to: email, url: 'https://example.com/' } as const;
  await queueUserMail(database.db, ring, mail, { now_ms, expires_at_ms: now_ms + 60_000 });
  const { id: mailId } = await database.db.userEmail.findFirstOrThrow({ orderBy: { id: 'desc' } });
  return { userId, mailId };
}

type Sealed = Awaited<ReturnType<typeof seedSealed>>;

/** All that a program keeps sealed, as these secrets open it. */
async function openAll({ programId, userId, mailId, ...ids }: Sealed, ring: SealRing) {
  const { tokenId, endpointId, redemptionId } = ids;
  const { db } = database;
  const token = await db.tokenSecret.findFirstOrThrow({ where: { programId } });
  const codes = await db.couponCode.findMany({ where: { programId } });
  const factor = await db.userTwoFactor.findUniqueOrThrow({ where: { userId } });
  const mail = await db.userEmail.findUniqueOrThrow({ where: { id: mailId } });
  return {
    issuer: await issuerKey(db, programId, ring).catch(() => null),
    source: await openSource(db, { programId, provider: 'stripe' }, ring),
    codes: codes.map((code) => openCoupon(code, ring)).sort(),
    payouts: await readEndpoint(db, programId, ring),
    held: await openHeld(db, { programId, redemptionId }, ring),
    token: unseal(tokenSealKey(ring, tokenId), token.sealed ?? ''),
    webhook: await openSecrets(db, { programId, endpointId }, { ring, now }),
    factor: await secondFactorSealing(ring).unseal(factor.secret),
    backupCodes: await secondFactorSealing(ring).unseal(factor.backupCodes),
    mail: openUserMail(ring, mailId, mail.sealed)?.kind,
  };
}
const sumOf = (rotated: readonly RotatedPurpose[], count: 'resealed' | 'unreadable' | 'changed') =>
  rotated.reduce((sum, it) => sum + it[count], 0);

it('the list of places names every column with sealed text, and its table’s primary key', async () => {
  const columns = await database.db.$queryRaw<{ place: string }[]>`
    SELECT table_name || '.' || column_name AS place FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name LIKE '%sealed%'`;
  const listed = places.map(({ table, column }) => `${table}.${column}`).sort();
  expect(columns.map(({ place }) => place).sort()).toEqual(listed);
  const keys = await database.db.$queryRaw<{ table: string; columns: string[] }[]>`
    SELECT conrelid::regclass::text AS table, array_agg(attname::text ORDER BY place) AS columns
    FROM pg_constraint CROSS JOIN unnest(conkey) WITH ORDINALITY AS part (number, place)
    JOIN pg_attribute ON attrelid = conrelid AND attnum = number
    WHERE contype = 'p' AND connamespace = 'public'::regnamespace GROUP BY conrelid`;
  for (const { table, key } of places) {
    expect(keys.find((it) => it.table === table)?.columns).toEqual(key.map(([column]) => column));
  }
});

it('after a rotation everything opens with the new secret alone, and to the same text', async () => {
  const sealed = await seedSealed(OLD);
  // As a version before the ring wrote it.
  await database.db.$executeRaw`
    UPDATE coupon_codes SET sealed_code = regexp_replace(sealed_code, '^v2\.[0-9a-f]{8}', 'v1')
    WHERE program_id = ${sealed.programId}::uuid`;
  const before = await openAll(sealed, OLD);
  expect(before).toMatchObject({
    issuer: sealed.pair,
    codes: ['CODE-1', 'CODE-2'],
    held: 'iban_1',
    token: 'mts_1',
    webhook: ['whsec_3'],
    factor: 'totp_1',
    backupCodes: '["code-1"]',
    mail: 'sign_in',
  });
  expect(await openAll(sealed, BOTH)).toEqual(before);
  const rotated = await rotateSecrets(database.db, BOTH);
  expect(rotated.every(({ resealed }) => resealed > 0)).toBe(true);
  expect(isComplete(rotated)).toBe(true);
  expect(await openAll(sealed, NEW)).toEqual(before);
  for (const { table, column, isList, sealing } of places) {
    const texts = isList ? `unnest(${column})` : column;
    const rows = await database.db.$queryRawUnsafe<{ text: string }[]>(
      `SELECT text FROM (SELECT ${texts} AS text FROM ${table}) AS texts WHERE text IS NOT NULL`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ text }) => text.startsWith(sealing(NEW, []).prefix))).toBe(true);
  }
  expect(sumOf(await rotateSecrets(database.db, BOTH), 'resealed')).toBe(0);
});

it('a code is in a program once, before a rotation, during it and after it', async () => {
  const { programId, itemId } = await seedSealed(OLD);
  const add = (ring: SealRing, code: string) =>
    database.db.$transaction((tx) => addCoupons(tx, { programId, itemId, ring }, [code]));
  expect(await add(BOTH, 'CODE-1')).toMatchObject({ added: 0, duplicates: 1 });
  await rotateSecrets(database.db, BOTH);
  expect(await add(NEW, 'CODE-2')).toMatchObject({ added: 0, duplicates: 1 });
  expect(await add(NEW, 'CODE-3')).toMatchObject({ added: 1, duplicates: 0 });
});

it('a code in another way of writing is found before a rotation, and after it', async () => {
  const { programId, itemId } = await seedSealed(OLD);
  const add = (ring: SealRing, code: string) =>
    database.db.$transaction((tx) => addCoupons(tx, { programId, itemId, ring, ignoreCase: true }, [code]));
  expect(await add(BOTH, 'code-1')).toMatchObject({ added: 0, duplicates: 1 });
  await rotateSecrets(database.db, BOTH);
  expect(await add(NEW, 'code-2')).toMatchObject({ added: 0, duplicates: 1 });
  expect(await add(NEW, 'code-3')).toMatchObject({ added: 1, duplicates: 0 });
});

it('a code that a process without the old secret stored again stays in its pool with both rows', async () => {
  const sealed = await seedSealed(OLD);
  const { programId, itemId } = sealed;
  await database.db.$transaction((tx) => addCoupons(tx, { programId, itemId, ring: NEW }, ['CODE-1']));
  expect(isComplete(await rotateSecrets(database.db, BOTH))).toBe(true);
  expect((await openAll(sealed, NEW)).codes).toEqual(['CODE-1', 'CODE-1', 'CODE-2']);
});

it('a run that dies halfway loses nothing, and the next one does the rest', async () => {
  const codes = Array.from({ length: 505 }, (_, n) => `CODE-${n}`);
  const sealed = await seedSealed(OLD, codes);
  const row = await database.db.couponCode.findFirstOrThrow({
    where: { programId: sealed.programId },
    orderBy: { id: 'desc' },
    skip: 2,
  });
  await rawSql(
    database.ownerUrl,
    `CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
     ALTER FUNCTION die() SECURITY DEFINER;
     CREATE TRIGGER die BEFORE UPDATE ON coupon_codes FOR EACH ROW
       WHEN (OLD.id = '${row.id}') EXECUTE FUNCTION die()`,
  );
  await expect(rotateSecrets(database.db, BOTH)).rejects.toThrow();
  const half = await openAll(sealed, BOTH);
  expect(half.codes).toEqual(codes.toSorted());
  await rawSql(database.ownerUrl, 'DROP TRIGGER die ON coupon_codes');
  const [coupons] = (await rotateSecrets(database.db, BOTH)).filter((it) => it.purpose === 'coupon code');
  expect(coupons).toMatchObject({ resealed: 3, unreadable: 0 });
  expect(await openAll(sealed, NEW)).toEqual(half);
});

it('what no secret opens stays as it is and is counted, and the rest is sealed again', async () => {
  const lost = await seedSealed(['a secret that nobody kept']);
  const sealed = await seedSealed(OLD);
  const before = await openAll(sealed, OLD);
  const rotated = await rotateSecrets(database.db, BOTH);
  expect(sumOf(rotated, 'unreadable')).toBe(12);
  expect(isComplete(rotated)).toBe(false);
  expect(await openAll(sealed, NEW)).toEqual(before);
  const third: SealRing = [...BOTH, 'a secret that nobody kept'];
  expect((await openAll(lost, third)).codes).toEqual(['CODE-1', 'CODE-2']);
  expect(isComplete(await rotateSecrets(database.db, third))).toBe(true);
});

it('a secret that is set while its row is being sealed again is the one that stays', async () => {
  const sealed = await seedSealed(OLD);
  const { programId } = sealed;
  let rotating: Promise<RotatedPurpose[]> | undefined;
  const signing = await database.db.$transaction(async (tx) => {
    const set = await setEndpoint(tx, programId, { url: 'https://example.com/pay', ring: BOTH, now });
    rotating = rotateSecrets(database.db, BOTH);
    await expect
      .poll(async () => {
        const [row] = await rawSql<{ waiting: number }>(
          database.ownerUrl,
          `SELECT count(*)::int AS waiting FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return row?.waiting;
      })
      .toBe(1);
    return set;
  });
  const rotated = (await rotating) ?? [];
  expect(sumOf(rotated, 'changed')).toBe(1);
  expect(isComplete(rotated)).toBe(true);
  expect((await openAll(sealed, NEW)).payouts?.signing).toBe(signing);
});

it('what a process with the old setting adds behind a run is not overlooked', async () => {
  const { programId } = await seedSealed(OLD);
  await rawSql(
    database.ownerUrl,
    `CREATE FUNCTION add_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       INSERT INTO token_secrets (program_id, id, sealed)
       VALUES (OLD.program_id, '00000000-0000-7000-8000-000000000000', OLD.sealed);
       RETURN NEW; END $$;
     CREATE TRIGGER add_late BEFORE UPDATE ON token_secrets FOR EACH ROW
       WHEN (OLD.program_id = '${programId}') EXECUTE FUNCTION add_late()`,
  );
  const rotated = await rotateSecrets(database.db, BOTH);
  expect(rotated.find(({ left }) => left > 0)).toMatchObject({ purpose: 'token secret', left: 1 });
  expect(isComplete(rotated)).toBe(false);
});
