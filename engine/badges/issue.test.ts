import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { issuerDocument } from '../../domain/badges/credential.ts';
import { badgeUrls } from '../../domain/badges/urls.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import { newId } from '../../platform/ids.ts';
import { createDatabase } from '../../prisma/client.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { at, type ProgramPlay, playProgram, T0_MS, useActivities } from '../../tests/support/play.ts';
import { TEST_BADGES, testPolicy, testRule } from '../../tests/support/seed.ts';
import { issueBadge } from './issue.ts';
import { IssuerKeyError, publicKeysOf, rotateIssuerKey } from './keys.ts';
import { proofHolds } from './sign.ts';

let program: ProgramPlay;

const badge = (changes: Partial<Rule> = {}): Rule =>
  testRule({ id: 'first-friend', benefit: { kind: 'badge', label: 'Connector' }, ...changes });
const withBadge = (rule: Rule = badge()): Policy => testPolicy({ rules: [rule] });

const database = useDatabase({ poolMax: 20 });
const activities = useActivities(database);

beforeEach(async () => {
  program = await playProgram(database, activities, withBadge());
});

const issue = (now_ms = T0_MS) => activities.issueBadges({ now_ms });

async function define(programId = program.id, label = 'Connector') {
  return await database.db.badgeDefinition.create({
    data: {
      programId,
      id: newId(),
      label,
      name: 'Connector',
      description: 'Brought a friend',
      criteria: 'A friend bought something',
    },
  });
}

/** Ann earns a badge by bob. Gives her, the purchase and the reward. */
async function earn(play: ProgramPlay = program, referred = 'bob') {
  const ann = await play.db.member.findFirst({ where: { programId: play.id, externalId: 'ann' } });
  const code = ann?.referralCode ?? (await play.member('ann', 'ann@example.org')).code;
  await play.signUp(referred, { code });
  const purchase = await play.act(referred);
  const reward = await play.db.reward.findFirstOrThrow({
    where: { programId: play.id, eventId: purchase.id },
  });
  return { purchase, reward };
}

const credentials = () => database.db.badgeCredential.findMany({ where: { programId: program.id } });
const issuerId = () => badgeUrls(TEST_BADGES.publicUrl).issuer(program.id);

async function holds(document: string): Promise<boolean> {
  const keys = await publicKeysOf(database.db, program.id);
  const issuer = { id: issuerId(), name: 'Test', url: 'https://example.com/' };
  return await proofHolds(JSON.parse(document), issuerDocument(issuer, keys), at(0));
}

describe('a badge that was granted', () => {
  test('gets one credential, signed by its program, and the outbox tells of it once', async () => {
    await define();
    const { reward } = await earn();
    expect(await issue()).toEqual({ issued: 1, failed: 0 });
    expect(await issue()).toEqual({ issued: 0, failed: 0 });
    const [credential, ...others] = await credentials();
    expect(others).toEqual([]);
    expect(credential).toMatchObject({ rewardId: reward.id, statusIndex: 0, memberId: reward.memberId });
    expect(await holds(credential?.document ?? '')).toBe(true);
    expect(JSON.parse(credential?.document ?? '')).toMatchObject({
      issuer: { id: issuerId(), type: ['Profile'] },
      credentialSubject: { achievement: { name: 'Connector' } },
    });
    const told = await database.db.outbox.findMany({
      where: { programId: program.id, type: 'badge.issued' },
    });
    expect(told).toMatchObject([{ key: `badge.issued:${reward.id}`, payload: { rewardId: reward.id } }]);
  });

  test('gets one credential however many ask at once, and each badge gets a place of its own', async () => {
    await define();
    const { reward } = await earn();
    for (const friend of ['cid', 'dan', 'eve', 'fay']) await earn(program, friend);
    const ref = { programId: program.id, rewardId: reward.id, now_ms: T0_MS };
    const [singly] = await Promise.all([
      Promise.all(
        Array.from({ length: 6 }, () => database.db.$transaction((tx) => issueBadge(tx, TEST_BADGES, ref))),
      ),
      Promise.all(Array.from({ length: 4 }, () => issue())),
    ]);
    expect(new Set(singly.map(({ credentialId }) => credentialId)).size).toBe(1);
    const rows = await credentials();
    expect(rows).toHaveLength(5);
    expect(rows.map(({ statusIndex }) => statusIndex).sort()).toEqual([0, 1, 2, 3, 4]);
    expect(await database.db.badgeIssuerKey.count({ where: { programId: program.id } })).toBe(1);
  });

  test('waits for its achievement to be defined, and for its hold to end', async () => {
    program = await playProgram(database, activities, withBadge(badge({ hold_days: 10 })));
    const { reward } = await earn();
    expect(await issue()).toMatchObject({ issued: 0 });
    await define();
    expect(await issue()).toMatchObject({ issued: 0 });
    await program.mature('bob', T0_MS + 11 * 86_400_000);
    expect(await issue(T0_MS + 11 * 86_400_000)).toMatchObject({ issued: 1 });
    expect(await credentials()).toMatchObject([{ rewardId: reward.id }]);
  });

  test('is never issued once a refund has taken it back, and its reward is reversed with it', async () => {
    await define();
    const { purchase, reward } = await earn();
    await program.refund('bob', purchase.key);
    const where = { programId_id: { programId: program.id, id: reward.id } };
    expect(await database.db.reward.findUnique({ where })).toMatchObject({ status: 'reversed' });
    expect(await issue()).toMatchObject({ issued: 0 });
    expect(await credentials()).toEqual([]);
  });

  test('that an operator has revoked leaves a later refund, which passes, nothing to take back', async () => {
    await define();
    const { purchase, reward } = await earn();
    await issue();
    const where = { programId_id: { programId: program.id, id: reward.id } };
    await database.db.reward.update({ where, data: { status: 'reversed' } });
    const { outcome } = await program.refund('bob', purchase.key);
    expect(outcome).toMatchObject({ decision: 'accepted', stage: 'reversed' });
    expect(await database.db.reward.findUnique({ where })).toMatchObject({ status: 'reversed' });
    expect(await credentials()).toHaveLength(1);
  });

  test('of another program, or of no badge, is refused', async () => {
    await define();
    const { reward } = await earn();
    const other = await playProgram(database, activities, withBadge());
    const ref = { programId: other.id, rewardId: reward.id, now_ms: T0_MS };
    expect(await database.db.$transaction((tx) => issueBadge(tx, TEST_BADGES, ref))).toEqual({
      credentialId: null,
      reason: 'not_a_badge',
    });
  });
});

describe('what a credential says of its holder', () => {
  const holder = async () => {
    await issue();
    const [row] = await credentials();
    return JSON.parse(row?.document ?? '').credentialSubject.identifier;
  };
  const sha = (text: string) => `sha256$${createHash('sha256').update(text).digest('hex')}`;

  test('is the salted hash of the host’s id and nothing else, until the member allows more', async () => {
    await define();
    await earn();
    const [identity, ...others] = await holder();
    expect(others).toEqual([]);
    expect(identity).toMatchObject({ hashed: true, identityType: 'accountId' });
    expect(identity.identityHash).toBe(sha(`ann${identity.salt}`));
    const [row] = await credentials();
    expect(row?.document).not.toMatch(/example\.org|"ann"/);
  });

  test('is a name and the hash of the e-mail once the member has allowed both', async () => {
    await define();
    const { reward } = await earn();
    await database.db.badgeRecipient.create({
      data: { programId: program.id, memberId: reward.memberId, displayName: 'Ann A.', identity: 'email' },
    });
    const [identity, name] = await holder();
    expect(identity).toMatchObject({ hashed: true, identityType: 'emailAddress' });
    expect(identity.identityHash).toBe(sha(`ann@example.org${identity.salt}`));
    expect(name).toMatchObject({ hashed: false, identityType: 'name', identityHash: 'Ann A.' });
  });
});

describe('issuer keys', () => {
  test('rest encrypted, and a retired one has no secret half any more', async () => {
    await define();
    await earn();
    await issue();
    const [first] = await database.db.badgeIssuerKey.findMany({ where: { programId: program.id } });
    expect(first?.sealedSecret).toMatch(/^v1\./);
    await database.db.$transaction((tx) => rotateIssuerKey(tx, program.id, TEST_BADGES.secret));
    const keys = await database.db.badgeIssuerKey.findMany({
      where: { programId: program.id },
      orderBy: { createdAt: 'asc' },
    });
    expect(keys).toMatchObject([
      { id: first?.id, sealedSecret: null, retiredAt: expect.any(Date) },
      { retiredAt: null, sealedSecret: expect.stringMatching(/^v1\./) },
    ]);
  });

  test('may rotate while badges are issued: what any of them signed verifies', async () => {
    await define();
    for (const friend of ['bob', 'cid', 'dan', 'eve']) await earn(program, friend);
    await Promise.all([
      issue(),
      ...Array.from({ length: 3 }, () =>
        database.db.$transaction((tx) => rotateIssuerKey(tx, program.id, TEST_BADGES.secret)),
      ),
    ]);
    await issue();
    const rows = await credentials();
    expect(rows).toHaveLength(4);
    for (const { document } of rows) expect(await holds(document)).toBe(true);
    const atWork = { programId: program.id, retiredAt: null };
    expect(await database.db.badgeIssuerKey.count({ where: atWork })).toBe(1);
  });

  test('that the secret does not open hold up their own program alone, until they are rotated', async () => {
    await define();
    const { reward } = await earn();
    const stranger = { ...TEST_BADGES, secret: 'another secret altogether' };
    await database.db.$transaction((tx) => rotateIssuerKey(tx, program.id, stranger.secret));
    const ref = { programId: program.id, rewardId: reward.id, now_ms: T0_MS };
    await expect(database.db.$transaction((tx) => issueBadge(tx, TEST_BADGES, ref))).rejects.toThrow(
      IssuerKeyError,
    );
    const blocked = program;
    program = await playProgram(database, activities, withBadge());
    await define();
    await earn();
    expect(await issue()).toEqual({ issued: 1, failed: 1 });
    await database.db.$transaction((tx) => rotateIssuerKey(tx, blocked.id, TEST_BADGES.secret));
    expect(await issue()).toEqual({ issued: 1, failed: 0 });
  });
});

test('no one alters or removes a credential, gives a place twice or uses two keys, even by SQL', async () => {
  await define();
  await earn();
  await issue();
  const app = createDatabase({ url: database.url, poolMax: 1 });
  try {
    for (const statement of [
      'UPDATE badge_credentials SET document = $$x$$',
      'DELETE FROM badge_credentials',
      'DELETE FROM badge_issuer_keys',
      `INSERT INTO badge_credentials
       SELECT program_id, gen_random_uuid(), reward_id, achievement_id, member_id, 99, document, issued_at
       FROM badge_credentials LIMIT 1`,
      `INSERT INTO badge_issuer_keys (program_id, id, public_key_multibase, sealed_secret)
       SELECT program_id, gen_random_uuid(), 'z', 's'
       FROM badge_issuer_keys WHERE retired_at IS NULL LIMIT 1`,
      'UPDATE badge_issuer_keys SET retired_at = now() WHERE retired_at IS NULL',
    ])
      await expect(app.$executeRawUnsafe(statement), statement).rejects.toThrow();
  } finally {
    await app.$disconnect();
  }
  await expect(rawSql(database.ownerUrl, 'UPDATE badge_credentials SET status_index = 5')).rejects.toThrow(
    'append-only',
  );
});
