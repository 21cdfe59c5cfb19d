import { ApplicationFailure } from '@temporalio/common';
import { afterAll, expect } from 'vitest';
import type { Outcome } from '../../engine/events/outcome.ts';
import { balancesOf } from '../../ledger/balances.ts';
import type { CatalogueItem } from '../../prisma/generated/client.ts';
import { seedRichMember } from './catalogue.ts';
import { useDatabase } from './database.ts';
import { T0_MS, useActivities } from './play.ts';
import { seedProgram, seedRedemption, testPolicy, usd } from './seed.ts';

export const PLAIN_REDEMPTION = {
  min: usd(100n),
  auto_approve_max: usd(500n),
  approval_days: 14,
  methods: ['manual', 'account_credit'],
};

/** A database, and programs with items whose redemptions its tests ask for at once. */
export function useCatalogue() {
  // Fifty that come at once compete for what they ask for, not for connections.
  const database = useDatabase({ poolMax: 50, isProved: true });
  const activities = useActivities(database);

  afterAll(async () => {
    // Stock, codes and balances are locked in one order, whoever comes.
    const [stats] = await database.db.$queryRaw<{ deadlocks: bigint }[]>`
    SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`;
    expect(stats?.deadlocks).toBe(0n);
  });

  /** As Temporal does: what found no connection in time is tried again. */
  async function again<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof ApplicationFailure) || error.type !== 'Unavailable') throw error;
      }
    }
  }

  async function open(redemption = testPolicy({ redemption: PLAIN_REDEMPTION }).redemption) {
    const { db } = database;
    const programId = await seedProgram(db, testPolicy({ redemption }));
    const rich = (name: string, minor = 1_000n) => seedRichMember(db, programId, name, minor);
    const ask = async (
      memberId: string,
      item: CatalogueItem | null,
      minor = item?.priceMinor ?? 100n,
      more = {},
    ) => {
      const { id, eventId } = await seedRedemption(db, programId, memberId, {
        minor,
        method: item?.method ?? 'account_credit',
        ...(item === null ? {} : { itemId: item.id }),
        ...more,
      });
      return { id, eventId, ref: { programId, redemptionId: id, now_ms: T0_MS } };
    };
    type Asked = Awaited<ReturnType<typeof ask>>;
    const reserve = async ({ ref, eventId }: Asked) => {
      const snapshot = await again(() => activities.reserveRedemption({ ...ref, eventId }));
      const event = await db.event.findFirstOrThrow({ where: { id: eventId } });
      return { snapshot, outcome: event.outcome as unknown as Outcome };
    };
    const finish = ({ ref }: Asked, step: 'settle' | 'release') =>
      activities.finishRedemption({ ...ref, step, reason: null, providerRef: null });
    const stockOf = async ({ id }: CatalogueItem) =>
      (await db.catalogueItem.findFirstOrThrow({ where: { id } })).stock;
    const codes = (itemId: string) => db.couponCode.findMany({ where: { itemId }, orderBy: { id: 'asc' } });
    const balance = async (memberId: string) => (await balancesOf(db, programId, memberId))[0];
    return { db, programId, rich, ask, reserve, finish, stockOf, codes, balance };
  }

  return { database, activities, again, open };
}
