import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { useBadges } from '../../tests/support/badges.ts';
import { T0_MS } from '../../tests/support/play.ts';
import { TEST_BADGES } from '../../tests/support/seed.ts';
import { issueBadge } from './issue.ts';

const { credentials, database, define, earn, holds, issue, issuerId, play, program } = useBadges();

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
    const messages = await database.db.outbox.findMany({
      where: { programId: program().id, type: 'badge.issued' },
    });
    expect(messages).toMatchObject([{ key: `badge.issued:${reward.id}`, payload: { rewardId: reward.id } }]);
  });

  test('gets one credential however many ask at once, and each badge gets a place of its own', async () => {
    await define();
    const { reward } = await earn();
    for (const friend of ['cid', 'dan', 'eve', 'fay']) await earn(friend);
    const ref = { programId: program().id, rewardId: reward.id, now_ms: T0_MS };
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
    expect(await database.db.badgeIssuerKey.count({ where: { programId: program().id } })).toBe(1);
  });

  test('waits for its achievement to be defined, and for its hold to end', async () => {
    await play({ hold_days: 10 });
    const { reward } = await earn();
    expect(await issue()).toMatchObject({ issued: 0 });
    await define();
    expect(await issue()).toMatchObject({ issued: 0 });
    await program().mature('bob', T0_MS + 11 * 86_400_000);
    expect(await issue(T0_MS + 11 * 86_400_000)).toMatchObject({ issued: 1 });
    expect(await credentials()).toMatchObject([{ rewardId: reward.id }]);
  });

  test('is never issued once a refund has taken it back, and its reward is reversed with it', async () => {
    await define();
    const { purchase, reward } = await earn();
    await program().refund('bob', purchase.key);
    const where = { programId_id: { programId: program().id, id: reward.id } };
    expect(await database.db.reward.findUnique({ where })).toMatchObject({ status: 'reversed' });
    expect(await issue()).toMatchObject({ issued: 0 });
    expect(await credentials()).toEqual([]);
  });

  test('that an operator has revoked leaves a later refund, which passes, nothing to take back', async () => {
    await define();
    const { purchase, reward } = await earn();
    await issue();
    const where = { programId_id: { programId: program().id, id: reward.id } };
    await database.db.reward.update({ where, data: { status: 'reversed' } });
    const { outcome } = await program().refund('bob', purchase.key);
    expect(outcome).toMatchObject({ decision: 'accepted', stage: 'signed_up' });
    expect(await database.db.reward.findUnique({ where })).toMatchObject({ status: 'reversed' });
    expect(await credentials()).toHaveLength(1);
  });

  test('of another program, or of no badge, is refused', async () => {
    await define();
    const { reward } = await earn();
    const other = await play();
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
      data: { programId: program().id, memberId: reward.memberId, displayName: 'Ann A.', identity: 'email' },
    });
    const [identity, name] = await holder();
    expect(identity).toMatchObject({ hashed: true, identityType: 'emailAddress' });
    expect(identity.identityHash).toBe(sha(`ann@example.org${identity.salt}`));
    expect(name).toMatchObject({ hashed: false, identityType: 'name', identityHash: 'Ann A.' });
  });
});
