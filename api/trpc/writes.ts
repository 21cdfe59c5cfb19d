import type { Database, Tx } from '../../prisma/client.ts';
import { ApiError } from '../http/errors.ts';
import { createGate, TURN_WAIT_MS } from './gate.ts';

/** Limits of a change's transaction, in milliseconds: for a connection, and for the whole. */
const TRANSACTION = { maxWait: 5_000, timeout: 15_000 };
/** Changes of one program that wait their turn. */
const WAITING_MAX = 200;
/** Changes at once, where nobody says how many connections there are. */
const WRITES_MAX = 6;

/** Left out: as above. */
export interface WriteLimits {
  readonly writes_max?: number;
  readonly writeWait_ms?: number;
}

export interface Writes {
  /**
   * Runs a change in one transaction once it is its turn: all of it is on record, or none. Throws
   * `overloaded` when its turn does not come in time.
   * @param scope Begins with the program, whose changes stand in line together.
   */
  run<T>(scope: string, work: (tx: Tx) => Promise<T>): Promise<T>;
}

/**
 * Bounds the changes that are under way in this process, so that a flood of them, or a program whose rows are
 * locked, leaves connections for everybody's reads, and for other programs' changes.
 */
export function createWrites(db: Database, limits: WriteLimits): Writes {
  const { writes_max = WRITES_MAX, writeWait_ms = TURN_WAIT_MS } = limits;
  const gate = createGate({ inside_max: writes_max, laneWaiting_max: WAITING_MAX, wait_ms: writeWait_ms });
  return {
    async run(scope, work) {
      const [lane = ''] = scope.split(' ', 1);
      if (!(await gate.enter(lane))) {
        throw new ApiError('overloaded', 'More changes wait than can be made; try again in a second.');
      }
      try {
        return await db.$transaction(work, TRANSACTION);
      } finally {
        gate.leave(lane);
      }
    },
  };
}
