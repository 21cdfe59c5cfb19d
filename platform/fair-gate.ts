export interface FairGateOptions {
  /** How many may be inside at once. */
  readonly inside_max: number;
  /** How many of one lane may be inside at once, so that none fills it alone. */
  readonly laneInside_max: number;
  /** How many of one lane may wait. */
  readonly laneWaiting_max: number;
  /** How long one waits, in milliseconds. */
  readonly wait_ms: number;
}

/** How one waits who differs from the others. */
export interface WaitOptions {
  /** Before all of the lane who wait without it, and beyond their number: for whoever was inside already. */
  readonly isAhead?: boolean;
  /** A time of its own, in milliseconds. */
  readonly wait_ms?: number;
}

export interface FairGate {
  /** Whether there is room at once. Whoever was let in calls `leave` when done. */
  tryEnter(lane: string): boolean;
  /** Whether there is room, at once or within the time. Whoever was let in calls `leave` when done. */
  enter(lane: string, options?: WaitOptions): Promise<boolean>;
  leave(lane: string): void;
}

/** Called with whether there is room. */
type Waiting = (isIn: boolean) => void;

interface Lane {
  inside: number;
  readonly ahead: Set<Waiting>;
  readonly waiting: Set<Waiting>;
}

const newLane = (): Lane => ({ inside: 0, ahead: new Set(), waiting: new Set() });

/**
 * Lets so many in at once. The others wait for a short time, and lanes take turns: whoever comes alone does
 * not stand behind the whole crowd of somebody else.
 */
export function createFairGate(options: FairGateOptions): FairGate {
  return new Gate(options);
}

class Gate implements FairGate {
  readonly #options: FairGateOptions;
  /** Lanes with somebody in them, in the order of their turns. */
  readonly #lanes = new Map<string, Lane>();
  #inside = 0;

  constructor(options: FairGateOptions) {
    this.#options = options;
  }

  tryEnter(name: string): boolean {
    const lane = this.#lanes.get(name) ?? newLane();
    // Where some of the lane wait there is no room: each place that is left goes to one of them.
    if (!this.#hasRoom(lane)) return false;
    this.#lanes.set(name, lane);
    lane.inside += 1;
    this.#inside += 1;
    return true;
  }

  enter(name: string, { isAhead = false, wait_ms = this.#options.wait_ms }: WaitOptions = {}) {
    if (this.tryEnter(name)) return Promise.resolve(true);
    const lane = this.#lanes.get(name) ?? newLane();
    if (!isAhead && lane.waiting.size >= this.#options.laneWaiting_max) return Promise.resolve(false);
    this.#lanes.set(name, lane);
    const crowd = isAhead ? lane.ahead : lane.waiting;
    return new Promise<boolean>((resolve) => {
      const waiting: Waiting = (isIn) => {
        clearTimeout(timer);
        crowd.delete(waiting);
        resolve(isIn);
      };
      const timer = setTimeout(() => {
        waiting(false);
        this.#forgetEmpty(name, lane);
      }, wait_ms);
      crowd.add(waiting);
    });
  }

  leave(name: string): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined || lane.inside === 0) throw new Error('nobody of this lane is inside');
    lane.inside -= 1;
    this.#inside -= 1;
    this.#forgetEmpty(name, lane);
    this.#letNextIn();
  }

  #hasRoom(lane: Lane): boolean {
    return this.#inside < this.#options.inside_max && lane.inside < this.#options.laneInside_max;
  }

  #letNextIn(): void {
    for (const [name, lane] of this.#lanes) {
      const [next] = lane.ahead.size > 0 ? lane.ahead : lane.waiting;
      if (next === undefined || !this.tryEnter(name)) continue;
      next(true);
      // To the end of the order.
      this.#lanes.delete(name);
      this.#lanes.set(name, lane);
      return;
    }
  }

  #forgetEmpty(name: string, lane: Lane): void {
    if (lane.inside + lane.ahead.size + lane.waiting.size === 0) this.#lanes.delete(name);
  }
}
