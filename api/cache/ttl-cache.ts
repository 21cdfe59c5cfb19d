interface Entry<V> {
  readonly value: V;
  readonly until_ms: number;
}

/**
 * A bounded map whose entries end; the least recently used goes first. `peek` also returns what has ended.
 */
export class TtlCache<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #ttl_ms: number;
  readonly #size_max: number;

  constructor(ttl_ms: number, size_max: number) {
    this.#ttl_ms = ttl_ms;
    this.#size_max = size_max;
  }

  get(key: string, now_ms: number): V | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.until_ms > now_ms ? entry.value : undefined;
  }

  peek(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: V, now_ms: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until_ms: now_ms + this.#ttl_ms });
    if (this.#entries.size > this.#size_max) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
