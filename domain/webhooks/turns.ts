/** Whose turn it is: items of one subject come one after the other, those of different ones side by side. */
export interface Turns<T extends { readonly subject: string }> {
  add(items: readonly T[]): void;
  /** The next item whose subject has none under way; null: there is none now. */
  take(): T | null;
  /** An item that was taken is over. */
  done(item: T): void;
  /** How many were added and not taken yet. */
  readonly waiting: number;
}

/** Makes an empty line. Items of one subject are taken in the order in which they were added. */
export function createTurns<T extends { readonly subject: string }>(): Turns<T> {
  /** What waits of each subject that has something under way or is in `ready`. */
  const lines = new Map<string, T[]>();
  const ready: string[] = [];
  let next = 0;
  let waiting = 0;
  return {
    add(items) {
      for (const item of items) {
        const line = lines.get(item.subject);
        if (line === undefined) {
          lines.set(item.subject, [item]);
          ready.push(item.subject);
        } else line.push(item);
      }
      waiting += items.length;
    },
    take() {
      const item = lines.get(ready[next] ?? '')?.shift();
      if (item === undefined) return null;
      next += 1;
      waiting -= 1;
      // Let go of what was taken, now and then.
      if (next === 1_000) {
        ready.splice(0, next);
        next = 0;
      }
      return item;
    },
    done({ subject }) {
      if (lines.get(subject)?.length === 0) lines.delete(subject);
      else ready.push(subject);
    },
    get waiting() {
      return waiting;
    },
  };
}
