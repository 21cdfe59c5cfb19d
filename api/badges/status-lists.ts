import { countLists, encodedListOf, signStatusList } from '../../engine/badges/status-list.ts';
import type { Program } from '../../prisma/generated/client.ts';
import { TtlCache } from '../cache/ttl-cache.ts';
import type { Services } from '../context.ts';

/** A list that nobody changed is signed anew after this, so that its date and its key stay recent. */
const SIGNED_TTL_MS = 300_000;

export interface StatusLists {
  /** The signed list as the records have it now, or null when the program has no such list. */
  get(program: Program, list: number, now_ms: number): Promise<object | null>;
}

/** Status lists, signed when they are asked for and kept while they say the same. */
export function createStatusLists({ db, settings }: Services): StatusLists {
  const signed = new TtlCache<Promise<object>>(SIGNED_TTL_MS, 200);
  return {
    async get(program, list, now_ms) {
      if (list >= (await countLists(db, program.id))) return null;
      const encodedList = await encodedListOf(db, program.id, list);
      const key = `${program.id} ${list} ${encodedList}`;
      const known = signed.get(key, now_ms);
      if (known !== undefined) return await known;
      const badges = { publicUrl: settings.publicUrl, secret: settings.badgeSecret };
      const made = signStatusList(db, badges, program, { list, encodedList, now: new Date(now_ms) });
      signed.set(key, made, now_ms);
      made.catch(() => signed.delete(key));
      return await made;
    },
  };
}
