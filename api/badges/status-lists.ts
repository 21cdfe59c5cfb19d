import type { IssuerForm } from '../../domain/badges/urls.ts';
import { countLists, encodedListOf, signStatusList } from '../../engine/badges/status-list.ts';
import type { Database } from '../../prisma/client.ts';
import type { Program } from '../../prisma/generated/client.ts';
import { TtlCache } from '../cache/ttl-cache.ts';
import type { ApiSettings } from '../context.ts';

/** An unchanged list is signed anew after this time, so that its date and its key stay recent. */
const SIGNED_TTL_MS = 300_000;

interface AskedList {
  readonly list: number;
  readonly form: IssuerForm;
  readonly now_ms: number;
}

export interface StatusLists {
  /** The signed list as the records have it now, or null when the program has no such list. */
  get(db: Database, program: Program, asked: AskedList): Promise<object | null>;
}

/** Status lists, signed on request and cached while their content stays the same. */
export function createStatusLists(settings: ApiSettings): StatusLists {
  const signed = new TtlCache<Promise<object>>(SIGNED_TTL_MS, 200);
  return {
    async get(db, program, { list, form, now_ms }) {
      if (list >= (await countLists(db, program.id))) return null;
      const encodedList = await encodedListOf(db, program.id, list);
      const key = `${program.id} ${list} ${form} ${encodedList}`;
      const cached = signed.get(key, now_ms);
      if (cached !== undefined) return await cached;
      const badges = { publicUrl: settings.publicUrl, ring: settings.sealRing };
      const signing = signStatusList(db, badges, program, { list, form, encodedList, now: new Date(now_ms) });
      signed.set(key, signing, now_ms);
      signing.catch(() => signed.delete(key));
      return await signing;
    },
  };
}
