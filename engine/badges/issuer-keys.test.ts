import { describe, expect, test } from 'vitest';
import { createDatabase } from '../../prisma/client.ts';
import { useBadges } from '../../tests/support/badges.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { T0_MS } from '../../tests/support/play.ts';
import { TEST_BADGES } from '../../tests/support/seed.ts';
import { issueBadge } from './issue.ts';
import { IssuerKeyError, rotateIssuerKey } from './keys.ts';

const { credentials, database, define, earn, holds, issue, play, program } = useBadges();

describe('issuer keys', () => {
  test('rest encrypted, and a retired one has no secret half any more', async () => {
    await define();
    await earn();
    await issue();
    const [first] = await database.db.badgeIssuerKey.findMany({ where: { programId: program().id } });
    expect(first?.sealedSecret).toMatch(/^v2\./);
    await database.db.$transaction((tx) => rotateIssuerKey(tx, program().id, TEST_BADGES.ring));
    const keys = await database.db.badgeIssuerKey.findMany({
      where: { programId: program().id },
      orderBy: { createdAt: 'asc' },
    });
    expect(keys).toMatchObject([
      { id: first?.id, sealedSecret: null, retiredAt: expect.any(Date) },
      { retiredAt: null, sealedSecret: expect.stringMatching(/^v2\./) },
    ]);
  });

  test('may rotate while badges are issued: what any of them signed verifies', async () => {
    await define();
    for (const friend of ['bob', 'cid', 'dan', 'eve']) await earn(friend);
    await Promise.all([
      issue(),
      ...Array.from({ length: 3 }, () =>
        database.db.$transaction((tx) => rotateIssuerKey(tx, program().id, TEST_BADGES.ring)),
      ),
    ]);
    await issue();
    const rows = await credentials();
    expect(rows).toHaveLength(4);
    for (const { document } of rows) expect(await holds(document)).toBe(true);
    const atWork = { programId: program().id, retiredAt: null };
    expect(await database.db.badgeIssuerKey.count({ where: atWork })).toBe(1);
  });

  test('that the secret does not open hold up their own program alone, until they are rotated', async () => {
    await define();
    const { reward } = await earn();
    const stranger = { ...TEST_BADGES, ring: ['another secret altogether'] as const };
    await database.db.$transaction((tx) => rotateIssuerKey(tx, program().id, stranger.ring));
    const ref = { programId: program().id, rewardId: reward.id, now_ms: T0_MS };
    await expect(database.db.$transaction((tx) => issueBadge(tx, TEST_BADGES, ref))).rejects.toThrow(
      IssuerKeyError,
    );
    const blocked = program();
    await play();
    await define();
    await earn();
    expect(await issue()).toEqual({ issued: 1, failed: 1 });
    await database.db.$transaction((tx) => rotateIssuerKey(tx, blocked.id, TEST_BADGES.ring));
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
