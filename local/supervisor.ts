import { type Child, describeExit, type Exit, logTail } from './child.ts';
import { UserError } from './user-error.ts';

/** A part of the stack that runs. */
export interface Part {
  readonly child: Child;
  stop(): Promise<unknown>;
}

/**
 * Starts parts and stops them in the opposite order. Whatever happens — a signal, a part that ends by itself,
 * a part that does not start — `stop` leaves nothing running.
 */
export class Supervisor {
  readonly #parts: Part[] = [];
  readonly #pending = new Set<Promise<unknown>>();
  readonly #abort = new AbortController();
  readonly #onStart: (child: Child) => void;
  #fail: (problem: UserError) => void = () => undefined;
  /** Resolves when a part ends although nobody stopped it. */
  readonly failure = new Promise<UserError>((resolve) => {
    this.#fail = resolve;
  });

  /** @param onStart Gets every part once it runs. */
  constructor(onStart: (child: Child) => void) {
    this.#onStart = onStart;
  }

  /** Aborted as soon as the stack is to stop. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Starts one part, and watches it from then on. */
  async start<T extends Part>(starter: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    const starting = starter(this.signal).then((part) => {
      this.#parts.push(part);
      this.#onStart(part.child);
      void part.child.exited.then((exit) => this.#report(part.child, exit));
      return part;
    });
    this.#pending.add(starting);
    try {
      return await starting;
    } finally {
      this.#pending.delete(starting);
    }
  }

  #report(child: Child, exit: Exit): void {
    if (this.signal.aborted) return;
    const words = `its last words:\n${logTail(child.logFile)}`;
    this.#fail(new UserError(`${describeExit(child, exit)}, so everything else is stopped; ${words}`));
  }

  /** Stops every part, the last in `order` first. */
  async stop(order: readonly string[], say: (name: string) => void): Promise<void> {
    this.#abort.abort(new UserError('Stopped before everything was up.'));
    await Promise.allSettled(this.#pending);
    const rank = (part: Part) => order.indexOf(part.child.name);
    for (const part of [...this.#parts].sort((a, b) => rank(b) - rank(a))) {
      if (part.child.exit() === null) say(part.child.name);
      await part.stop();
    }
  }
}
