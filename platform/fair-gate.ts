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

export interface FairGate {
  /** Whether there is room, at once or within the time. Whoever was let in calls `leave` when done. */
  enter(lane: string): Promise<boolean>;
  leave(lane: string): void;
}

/** Called with whether there is room. */
type Waiting = (isIn: boolean) => void;

interface Lane {
  inside: number;
  readonly waiting: Set<Waiting>;
}

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

  enter(name: string): Promise<boolean> {
    const lane = this.#lanes.get(name) ?? { inside: 0, waiting: new Set<Waiting>() };
    this.#lanes.set(name, lane);
    if (lane.waiting.size === 0 && this.#hasRoom(lane)) {
      this.#letIn(lane);
      return Promise.resolve(true);
    }
    if (lane.waiting.size >= this.#options.laneWaiting_max) {
      this.#forgetEmpty(name, lane);
      return Promise.resolve(false);
    }
    return new Promise((resolve) => {
      const waiting: Waiting = (isIn) => {
        clearTimeout(timer);
        lane.waiting.delete(waiting);
        resolve(isIn);
      };
      const timer = setTimeout(() => {
        waiting(false);
        this.#forgetEmpty(name, lane);
      }, this.#options.wait_ms);
      lane.waiting.add(waiting);
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

  #letIn(lane: Lane): void {
    lane.inside += 1;
    this.#inside += 1;
  }

  #letNextIn(): void {
    for (const [name, lane] of this.#lanes) {
      const [next] = lane.waiting;
      if (next === undefined || !this.#hasRoom(lane)) continue;
      this.#letIn(lane);
      next(true);
      // To the end of the order.
      this.#lanes.delete(name);
      this.#lanes.set(name, lane);
      return;
    }
  }

  #forgetEmpty(name: string, lane: Lane): void {
    if (lane.inside === 0 && lane.waiting.size === 0) this.#lanes.delete(name);
  }
}
