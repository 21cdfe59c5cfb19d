import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Posting } from '../../domain/ledger/posting.ts';
import {
  grantPosting,
  maturePosting,
  releasePosting,
  reservePosting,
  reversePosting,
  settlePosting,
} from '../../domain/ledger/postings.ts';
import type { Result } from '../../domain/refusal.ts';
import { post } from '../../ledger/post.ts';
import type { Posted } from '../../ledger/wire.ts';
import type { Database } from '../../prisma/client.ts';
import { withClient } from '../../prisma/connection.ts';

/** A program with members, for tests. */
export interface Fixture {
  readonly programId: string;
  readonly members: readonly string[];
  /** The first member, and postings of theirs. */
  readonly member: string;
  readonly postings: ReturnType<typeof postingsOf>;
  /** Posts in a transaction of its own. */
  post(...postings: Posting[]): Promise<Result<readonly Posted[]>>;
  /** Gives a member something to spend. */
  give(
    amount_minor: bigint,
    options?: { memberId?: string; expires_at_ms?: number; key?: string },
  ): Promise<string>;
}

export const NOW_MS = Date.UTC(2026, 0, 1);

/** Dozens of calls wait for the same balance, on whatever machine runs the test. */
const PATIENT = { maxWait: 30_000, timeout: 30_000 };

export async function createFixture(db: Database, memberCount = 1): Promise<Fixture> {
  const programId = randomUUID();
  await db.program.create({
    data: { id: programId, slug: programId, name: 'Test', defaultDestination: 'https://example.com' },
  });
  const members = Array.from({ length: memberCount }, () => randomUUID());
  await db.member.createMany({
    data: members.map((id) => ({ programId, id, externalId: id, referralCode: id })),
  });
  const [member] = members;
  if (member === undefined) throw new Error('a fixture has a member');
  const postNow = (...postings: Posting[]) => db.$transaction((tx) => post(tx, programId, postings), PATIENT);
  return {
    programId,
    members,
    member,
    postings: postingsOf(member),
    post: postNow,
    async give(amount_minor, { memberId = member, expires_at_ms, key = `grant:${randomUUID()}` } = {}) {
      const lot_expires_at_ms = expires_at_ms ?? null;
      const given = await postNow(
        grantPosting({ ...common(key, amount_minor, memberId), held: false, lot_expires_at_ms }),
      );
      if (!given.ok) throw new Error(given.message);
      return key;
    },
  };
}

export function common(key: string, amount_minor: bigint, memberId: string) {
  return { key, unit: 'USD', amount_minor, memberId, occurred_at_ms: NOW_MS };
}

/** Postings of a member's cents at `NOW_MS`, whose lots never expire. */
export const postingsOf = (memberId: string) => ({
  held: (key: string, minor: bigint) =>
    grantPosting({ ...common(key, minor, memberId), held: true, lot_expires_at_ms: null }),
  granted: (key: string, minor: bigint) =>
    grantPosting({ ...common(key, minor, memberId), held: false, lot_expires_at_ms: null }),
  mature: (key: string, minor: bigint, hold: string) =>
    maturePosting({ ...common(key, minor, memberId), hold, lot_expires_at_ms: null }),
  reserve: (key: string, minor: bigint) => reservePosting(common(key, minor, memberId)),
  release: (key: string, minor: bigint, reserve: string) =>
    releasePosting({ ...common(key, minor, memberId), reserve }),
  settle: (key: string, minor: bigint, reserve: string) =>
    settlePosting({ ...common(key, minor, memberId), reserve }),
  /** Takes back a grant that is not held any more. */
  reverse: (key: string, minor: bigint, origin: string, isWhole = true) =>
    reversePosting({ ...common(key, minor, memberId), held_minor: 0n, origin, endsHold: false, isWhole }),
});

/** Runs raw SQL on a connection of its own, as whoever the URL names. */
export function rawSql<T extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  return withClient(url, async (client) => (await client.query<T>(sql, values)).rows);
}
