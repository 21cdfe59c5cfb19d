import type { EventInput } from '../../api/events/input.ts';
import { signupKey } from './events.ts';
import { AMBASSADORS, type Customer } from './history.ts';
import { emailOf, ipOf, visitorIdOf } from './people.ts';
import { UNIT } from './policy.ts';
import { type Clicker, type DemoMember, followLinks, send } from './replay.ts';
import type { Session } from './session.ts';

/** Addresses of the range's second half, which no customer of the sample has. */
const FIRST_ADDRESS = 2 ** 16;
const PURCHASE_CENTS = 2_499n;

/**
 * Invents friends who follow an ambassador's link now, sign up and buy. Their clicks attribute them, and
 * their rewards are still on hold.
 */
function friendsOf(customers: readonly Customer[], members: ReadonlyMap<string, DemoMember>): Clicker[] {
  return customers.slice(0, AMBASSADORS).map(({ id }, index) => {
    const externalId = `friend-${index + 1}`;
    return { externalId, code: members.get(id)?.code ?? '', signupKey: signupKey(externalId) };
  });
}

/** These events carry no time: each happens when it is first sent, and sending it again is the same event. */
function eventsOf({ externalId, signupKey: key }: Clicker, index: number): EventInput[] {
  const subject = externalId;
  const visitorId = visitorIdOf(externalId);
  const ip = ipOf(FIRST_ADDRESS + index);
  const value = { minor: PURCHASE_CENTS.toString(), unit: UNIT };
  return [
    { type: 'signup', key, subject, email: emailOf(externalId), visitorId, ip },
    { type: 'purchase', key: `purchase:${externalId}:1`, subject, value, properties: { channel: 'app' } },
  ];
}

/** Plays them. Returns how many clicks and events there were, and how many were new. */
export async function playToday(
  session: Session,
  customers: readonly Customer[],
  members: ReadonlyMap<string, DemoMember>,
): Promise<{ readonly clicks: number; readonly fresh: number }> {
  const friends = friendsOf(customers, members);
  const clicked = await followLinks(session, friends);
  const fresh = await send(session, friends.flatMap(eventsOf));
  return { clicks: friends.length, fresh: clicked + fresh };
}
