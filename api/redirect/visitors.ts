import { keyedHash } from '../../platform/hash.ts';
import type { VisitorCookie } from '../../prisma/generated/enums.ts';
import { TtlCache } from '../cache/ttl-cache.ts';
import { isRobotAgent } from './robots.ts';
import { DEDUPE_MS } from './touches.ts';

const USER_AGENT_LENGTH_MAX = 512;
const AGENTS_MAX = 5_000;
const ADDRESSES_MAX = 20_000;
const RECENT_MAX = 200_000;
const KEPT_MS = 600_000;
const COOKIE = /(?:^|;\s*)rv=([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:;|$)/;

/** Attribution looks back 90 days by default, as Dub's does: so long the visitor is known. */
const COOKIE_AGE_S = 90 * 86_400;

const CONSENT = /(?:^|;\s*)rconsent=1(?:;|$)/;

/** Whether the program lets the redirect keep a cookie with this visitor, whose browser sends `cookie`. */
export const mayKeepVisitor = (setting: VisitorCookie, cookie: string | undefined): boolean =>
  setting === 'always' || (setting === 'consent' && cookie !== undefined && CONSENT.test(cookie));

/** The visitor that a request's cookie names, or null. */
export const visitorOf = (cookie: string | undefined): string | null =>
  cookie === undefined ? null : (COOKIE.exec(cookie)?.[1] ?? null);

/** The cookie that keeps a visitor. */
export const cookieOf = (visitorId: string, isSecure: boolean): string =>
  `rv=${visitorId}; Max-Age=${COOKIE_AGE_S}; Path=/; SameSite=Lax; HttpOnly${isSecure ? '; Secure' : ''}`;

export interface Agent {
  readonly isRobot: boolean;
  readonly hash: string;
}

export interface Visitors {
  /** What is known of a user agent. */
  agentOf(userAgent: string | undefined): Agent;
  /** The keyed hash of an address. */
  addressHash(ip: string): string;
  /** The id of this visitor's click on this link within the hour, or undefined. */
  recentClick(linkId: string, visitorId: string): string | undefined;
  remember(linkId: string, visitorId: string, clickId: string): void;
}

/** Small memories that keep the redirect from working out the same thing again. */
export function createVisitors(secret: string, now: () => number): Visitors {
  const agents = new TtlCache<Agent>(KEPT_MS, AGENTS_MAX);
  const addresses = new TtlCache<string>(KEPT_MS, ADDRESSES_MAX);
  const recent = new TtlCache<string>(DEDUPE_MS, RECENT_MAX);
  return {
    agentOf(userAgent) {
      const text = (userAgent ?? '').slice(0, USER_AGENT_LENGTH_MAX);
      const cached = agents.get(text, now());
      if (cached !== undefined) return cached;
      const agent = { isRobot: isRobotAgent(text), hash: keyedHash(secret, text) };
      agents.set(text, agent, now());
      return agent;
    },
    addressHash(ip) {
      const cached = addresses.get(ip, now());
      if (cached !== undefined) return cached;
      const hash = keyedHash(secret, ip);
      addresses.set(ip, hash, now());
      return hash;
    },
    recentClick: (linkId, visitorId) => recent.get(linkId + visitorId, now()),
    remember: (linkId, visitorId, clickId) => recent.set(linkId + visitorId, clickId, now()),
  };
}
