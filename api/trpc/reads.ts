import type { FairGate } from '../../platform/fair-gate.ts';
import type { Database } from '../../prisma/client.ts';
import { ApiError } from '../http/errors.ts';
import { createGate, TURN_WAIT_MS } from './gate.ts';
import { heldDatabase } from './held-database.ts';

/** Reads of one program that wait their turn. Most take a millisecond or two. */
const WAITING_MAX = 1_000;
/** Reads at once, where nobody says how many connections there are. */
const READS_MAX = 3;

/** Left out: as above. */
export interface ReadLimits {
  readonly reads_max?: number;
  readonly readWait_ms?: number;
}

export interface Reads {
  /**
   * The database for one request that reads: whatever it asks takes its turn, and has a place among the reads
   * only while it asks. So a request may wait for something else, such as Temporal, and keeps nobody out.
   * Its questions throw `overloaded` when their turn does not come in time.
   * @param lane The program, whose reads stand in line together, or whoever else asks.
   */
  open(lane: string): Database;
}

/**
 * Bounds the connections that reads hold in this process, so that a flood of slow ones, of which each may ask
 * several things at once, leaves connections for changes, for whatever says who asks, and for other programs'
 * reads. Transactions of changes are not counted: whoever has one never waits here.
 */
export function createReads(db: Database, limits: ReadLimits): Reads {
  const { reads_max = READS_MAX, readWait_ms = TURN_WAIT_MS } = limits;
  const gate = createGate({ inside_max: reads_max, laneWaiting_max: WAITING_MAX, wait_ms: readWait_ms });
  return {
    open(lane) {
      const turns = new Turns(gate, lane, readWait_ms);
      return heldDatabase(db, (work) => turns.take(work));
    },
  };
}

/** The turns of one request, which together wait no longer than one may. */
class Turns {
  readonly #gate: FairGate;
  readonly #lane: string;
  #left_ms: number;
  /** Whether it has had a turn: what it has read is not to be in vain, so it goes before those that begin. */
  #hasBegun = false;
  #waiting = 0;
  #waitingSince_ms = 0;

  constructor(gate: FairGate, lane: string, wait_ms: number) {
    this.#gate = gate;
    this.#lane = lane;
    this.#left_ms = wait_ms;
  }

  async take<T>(work: () => PromiseLike<T>): Promise<T> {
    if (!this.#gate.tryEnter(this.#lane) && !(await this.#wait())) {
      throw new ApiError('overloaded', 'More reads wait than can be answered; try again in a second.');
    }
    this.#hasBegun = true;
    try {
      return await work();
    } finally {
      this.#gate.leave(this.#lane);
    }
  }

  /** What waits at the same time counts once. */
  async #wait(): Promise<boolean> {
    const now_ms = performance.now();
    if (this.#waiting === 0) this.#waitingSince_ms = now_ms;
    this.#waiting += 1;
    const waited_ms = now_ms - this.#waitingSince_ms;
    const wait_ms = Math.max(0, this.#left_ms - waited_ms);
    const isIn = await this.#gate.enter(this.#lane, { isAhead: this.#hasBegun, wait_ms });
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#left_ms -= performance.now() - this.#waitingSince_ms;
    return isIn;
  }
}
