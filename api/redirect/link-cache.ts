import type pg from 'pg';
import { type LinkEnd, type Target, targetOf } from '../../domain/links/landing.ts';
import type { VisitorCookie } from '../../prisma/generated/enums.ts';
import { TtlCache } from '../cache/ttl-cache.ts';
import { checkDestination } from '../links/destination.ts';

/** How long a link may still count after another process disabled it. */
const LINK_TTL_MS = 5_000;
const LINKS_MAX = 50_000;
const UNKNOWN_MAX = 10_000;

/** What a redirect needs of a link. */
export interface CachedLink {
  readonly programId: string;
  readonly linkId: string;
  readonly code: string;
  /** Where the link leads while it counts. */
  readonly target: Target;
  /** Where it leads once it no longer counts. */
  readonly fallback: Target;
  /** Why it no longer counts; null: it does, until it expires. */
  readonly end: Exclude<LinkEnd, 'expired'> | null;
  readonly visitorCookie: VisitorCookie;
  readonly expires_at_ms: number | null;
}

interface Row {
  readonly programId: string;
  readonly id: string;
  readonly code: string;
  readonly isEnabled: boolean;
  readonly isLive: boolean;
  readonly visitorCookie: VisitorCookie;
  readonly expiresAt: Date | null;
  readonly destination: string | null;
  readonly defaultDestination: string;
  readonly allowedHosts: string[];
}

const FIND = `
SELECT l.program_id::text AS "programId", l.id::text, l.code, l.destination, l.expires_at AS "expiresAt",
       l.status = 'active' AS "isEnabled",
       program_status_at(p.status, p.starts_at, p.ends_at, now()) = 'live' AS "isLive",
       p.default_destination AS "defaultDestination", p.allowed_hosts AS "allowedHosts",
       p.visitor_cookie AS "visitorCookie"
FROM links l JOIN programs p ON p.id = l.program_id
WHERE l.code = $1`;

export interface LinkCache {
  /** The cached link while it is fresh; null: there is none; undefined: ask `load`. */
  fresh(code: string): CachedLink | null | undefined;
  /**
   * Reads the link; while the database is away, returns the last cached copy. Rejects when there is none.
   */
  load(code: string): Promise<CachedLink | null>;
  /** Drops a link that this process changed. */
  forget(code: string): void;
}

export function createLinkCache(pool: pg.Pool, now: () => number, isDevelopment: boolean): LinkCache {
  const links = new TtlCache<CachedLink>(LINK_TTL_MS, LINKS_MAX);
  // Unknown codes have a cache of their own, so that guessing codes does not evict real links.
  const unknown = new TtlCache<true>(LINK_TTL_MS, UNKNOWN_MAX);
  const loading = new Map<string, Promise<CachedLink | null>>();

  const read = async (code: string): Promise<CachedLink | null> => {
    try {
      const { rows } = await pool.query<Row>({ name: 'link', text: FIND, values: [code] });
      const link = rows[0] === undefined ? null : linkOf(rows[0], isDevelopment);
      if (link === null) unknown.set(code, true, now());
      else links.set(code, link, now());
      return link;
    } catch (error) {
      const stale = links.peek(code);
      if (stale === undefined) throw error;
      // The next read comes after the usual time, not at every click.
      links.set(code, stale, now());
      return stale;
    } finally {
      loading.delete(code);
    }
  };

  return {
    fresh: (code) => links.get(code, now()) ?? (unknown.get(code, now()) === true ? null : undefined),
    load(code) {
      const running = loading.get(code);
      if (running !== undefined) return running;
      const load = read(code);
      loading.set(code, load);
      return load;
    },
    forget(code) {
      links.delete(code);
      unknown.delete(code);
    },
  };
}

/** Null when not even the program's own destination may be redirected to. */
function linkOf(row: Row, isDevelopment: boolean): CachedLink | null {
  const fallback = checkDestination(row.defaultDestination, row.allowedHosts, isDevelopment);
  if (fallback === null) return null;
  const own =
    row.destination === null ? fallback : checkDestination(row.destination, row.allowedHosts, isDevelopment);
  return {
    programId: row.programId,
    linkId: row.id,
    code: row.code,
    target: targetOf(own ?? fallback),
    fallback: targetOf(fallback),
    end: row.isEnabled ? (row.isLive ? null : 'program_not_live') : 'disabled',
    visitorCookie: row.visitorCookie,
    expires_at_ms: row.expiresAt?.getTime() ?? null,
  };
}
