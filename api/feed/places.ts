import { ApiError } from '../http/errors.ts';

/** Streams that this process serves at once, and of those each key and each member. */
const STREAMS_MAX = 2_000;
const OF_KEY_MAX = 100;
const OF_MEMBER_MAX = 10;

/** Who holds a stream. */
export interface Holder {
  readonly noun: 'key' | 'member';
  readonly id: string;
}

/** Counts streams, so that nobody holds more than their part. */
export class Places {
  readonly #held = new Map<string, number>();
  #count = 0;

  /** Takes a place; call the answer to give it back. Throws `too_many_streams` or `overloaded`. */
  take({ noun, id }: Holder): () => void {
    const max = noun === 'key' ? OF_KEY_MAX : OF_MEMBER_MAX;
    const held = this.#held.get(id) ?? 0;
    if (held >= max) {
      throw new ApiError('too_many_streams', `This ${noun} may have ${max} streams at a time: close one.`);
    }
    if (this.#count >= STREAMS_MAX) {
      throw new ApiError('overloaded', 'Too many streams are open here; try again.');
    }
    this.#count += 1;
    this.#held.set(id, held + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#count -= 1;
      const left = (this.#held.get(id) ?? 1) - 1;
      if (left === 0) this.#held.delete(id);
      else this.#held.set(id, left);
    };
  }
}
