import { beforeEach } from 'vitest';
import { issuerDocument } from '../../domain/badges/credential.ts';
import { badgeUrls } from '../../domain/badges/urls.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import { publicKeysOf } from '../../engine/badges/keys.ts';
import { proofHolds } from '../../engine/badges/sign.ts';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from './database.ts';
import { at, type ProgramPlay, playProgram, T0_MS, useActivities } from './play.ts';
import { TEST_BADGES, testPolicy, testRule } from './seed.ts';

/** A program whose referrers earn the badge “Connector”: a new one for each test, in the file's database. */
export function useBadges() {
  const database = useDatabase({ poolMax: 20 });
  const activities = useActivities(database);
  let program: ProgramPlay;

  /** Puts another program in play, whose rule has these changes. Returns it. */
  async function play(changes: Partial<Rule> = {}): Promise<ProgramPlay> {
    const benefit = { kind: 'badge', label: 'Connector' } as const;
    const rule = testRule({ id: 'first-friend', benefit, ...changes });
    program = await playProgram(database, activities, testPolicy({ rules: [rule] }));
    return program;
  }

  beforeEach(async () => {
    await play();
  });

  /** Defines the badge's achievement, without which none is issued. */
  async function define(): Promise<void> {
    await database.db.badgeDefinition.create({
      data: {
        programId: program.id,
        id: newId(),
        label: 'Connector',
        name: 'Connector',
        description: 'Brought a friend',
        criteria: 'A friend bought something',
      },
    });
  }

  /** Ann earns a badge by bringing `referred`. Returns the purchase and the reward. */
  async function earn(referred = 'bob') {
    const ann = await program.db.member.findFirst({ where: { programId: program.id, externalId: 'ann' } });
    const code = ann?.referralCode ?? (await program.member('ann', 'ann@example.org')).code;
    await program.signUp(referred, { code });
    const purchase = await program.act(referred);
    const reward = await program.db.reward.findFirstOrThrow({
      where: { programId: program.id, eventId: purchase.id },
    });
    return { purchase, reward };
  }

  const issuerId = () => badgeUrls(TEST_BADGES.publicUrl).issuer(program.id);

  /** Whether the program's keys, present and past, signed the credential as it stands. */
  async function holds(document: string): Promise<boolean> {
    const keys = await publicKeysOf(database.db, program.id);
    const issuer = { id: issuerId(), name: 'Test', url: 'https://example.com/' };
    return await proofHolds(JSON.parse(document), issuerDocument(issuer, keys), at(0));
  }

  return {
    database,
    play,
    define,
    earn,
    issuerId,
    holds,
    program: () => program,
    issue: (now_ms = T0_MS) => activities.issueBadges({ now_ms }),
    credentials: () => database.db.badgeCredential.findMany({ where: { programId: program.id } }),
  };
}
