import { INNOCENT, ROBOTS } from './agents.ts';

/** What stands where an innocent part stood, so that what was around it does not run together. */
const INNOCENT_PART = 'x';

/**
 * Whether an agent (a request's `User-Agent`) is a robot's. `isListed` is a public list of robots' words. Our
 * tables come before it both ways: they add robots, and take innocent parts out of people's agents. Such a
 * part excuses only itself: what else the agent says is held against the list. One that says nothing is a
 * script's.
 */
export function isRobot(agent: string, isListed: (agent: string) => boolean): boolean {
  if (agent === '' || ROBOTS.some(({ pattern }) => pattern.test(agent))) return true;
  if (!isListed(agent)) return false;
  const rest = INNOCENT.reduce((text, { pattern }) => text.replace(pattern, INNOCENT_PART), agent);
  return rest !== INNOCENT_PART && isListed(rest);
}

/**
 * Headers in which browsers say that they only fetch ahead: `Sec-Purpose` (Fetch standard; Chrome writes
 * `prefetch;prerender` too), `Purpose` (Chrome and Safari before it), `X-Purpose: preview` (Safari's Top
 * Sites, and `instant` in old Chrome), `X-Moz: prefetch` (Firefox before 115).
 */
export const AHEAD_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const;

const AHEAD = /\b(?:prefetch|prerender|preview|instant)\b/i;

/** Whether the value of such a header says that nobody has clicked yet. */
export const saysAhead = (value: string): boolean => AHEAD.test(value);
