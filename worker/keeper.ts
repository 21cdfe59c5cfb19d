import { setTimeout } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { type Keeper, moreUrgent, type Parcel } from './events/deliver.ts';

/** Parcels that may wait to be kept. Of more than that, Temporal keeps them. */
const WAITING_MAX = 200;
/** Tries of a step while the database says "not now". After the last one the pump takes its events again. */
const TRIES_MAX = 4;
const FIRST_REST_MS = 100;

export interface KeeperOptions {
  /** Whose parcel it is; null: it is not for this keeper. */
  readonly ownerOf: (parcel: Parcel) => string | null;
  /** Does what the parcel asks for. Never rejects: what it could not do, a pump takes again. */
  readonly keep: (ownerId: string, parcel: Parcel) => Promise<void>;
  /** Owners whose parcels are kept at once. */
  readonly owners_max: number;
}

/**
 * Keeps parcels without their workflows. Takes an owner's parcel after those of theirs that it holds; refuses
 * any when too many wait. It remembers nothing: a pump takes again what is not done when the process ends.
 */
export function createKeeper({ ownerOf, keep, owners_max }: KeeperOptions): Keeper {
  // Both by owner.
  const waiting = new Map<string, Parcel>();
  const underWay = new Map<string, Promise<void>>();
  const next = () => {
    const free = [...waiting].filter(([ownerId]) => !underWay.has(ownerId));
    return free.find(([, { urgency }]) => urgency !== 'bulk') ?? free[0];
  };
  const start = (): void => {
    while (underWay.size < owners_max) {
      const [ownerId, parcel] = next() ?? [];
      if (ownerId === undefined || parcel === undefined) return;
      waiting.delete(ownerId);
      const done = keep(ownerId, parcel).finally(() => {
        underWay.delete(ownerId);
        start();
      });
      underWay.set(ownerId, done);
    }
  };
  return {
    take(parcel) {
      const ownerId = ownerOf(parcel);
      if (ownerId === null) return false;
      const held = waiting.get(ownerId);
      if (held === undefined && waiting.size >= WAITING_MAX) return false;
      waiting.set(ownerId, held === undefined ? parcel : together(held, parcel));
      start();
      return true;
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
  };
}

/** Several keepers as one: each takes what is its own. */
export const joinKeepers = (keepers: readonly Keeper[]): Keeper => ({
  take: (parcel) => keepers.some((keeper) => keeper.take(parcel)),
  idle: async () => void (await Promise.all(keepers.map((keeper) => keeper.idle()))),
});

const together = (held: Parcel, { deliveries, urgency }: Parcel): Parcel => ({
  ...held,
  deliveries: [...held.deliveries, ...deliveries],
  urgency: moreUrgent(held.urgency, urgency),
});

/** As the activities throw it where trying again cannot help. */
export const isHopeless = (error: unknown): error is ApplicationFailure =>
  error instanceof ApplicationFailure && error.nonRetryable === true;

/** Does it, again a few times while it fails and is not hopeless. */
export async function inTries<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (isHopeless(error) || tries >= TRIES_MAX) throw error;
      await setTimeout(FIRST_REST_MS * 2 ** (tries - 1));
    }
  }
}
