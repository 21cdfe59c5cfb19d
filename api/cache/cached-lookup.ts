import { TtlCache } from './ttl-cache.ts';

/** A read-through cache: concurrent misses share one load; absence and failures are not remembered. */
export class CachedLookup<V> {
  readonly #cache: TtlCache<V>;
  readonly #loading = new Map<string, Promise<V | null>>();
  readonly #load: (key: string) => Promise<V | null>;
  readonly #now: () => number;

  constructor(load: (key: string) => Promise<V | null>, now: () => number, ttl_ms: number, size_max: number) {
    this.#cache = new TtlCache(ttl_ms, size_max);
    this.#load = load;
    this.#now = now;
  }

  /** The value at once when it is fresh; undefined: ask `get`. */
  fresh(key: string): V | undefined {
    return this.#cache.get(key, this.#now());
  }

  async get(key: string): Promise<V | null> {
    const fresh = this.#cache.get(key, this.#now());
    if (fresh !== undefined) return fresh;
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const load = this.#fill(key);
    this.#loading.set(key, load);
    try {
      return await load;
    } finally {
      if (this.#loading.get(key) === load) this.#loading.delete(key);
    }
  }

  /** Forgets a key, and a load of it that is under way does not come back into the cache. */
  forget(key: string): void {
    this.#cache.delete(key);
    this.#loading.delete(key);
  }

  async #fill(key: string): Promise<V | null> {
    // Deferred by a microtask, so that #loading already names this load when it ends.
    await Promise.resolve();
    const own = this.#loading.get(key);
    const value = await this.#load(key);
    if (value !== null && this.#loading.get(key) === own) this.#cache.set(key, value, this.#now());
    return value;
  }
}
