import { startBar } from './bar.ts';
import type { Offer } from './catalogue.ts';
import { type Comeback, comeBack } from './comeback.ts';
import { eventOf, signupKey } from './events.ts';
import type { Customer, History } from './history.ts';
import { nameAmbassadors } from './honours.ts';
import { externalIdOf } from './people.ts';
import { type Clicker, type DemoMember, enrol, followLinks, send } from './replay.ts';
import { type Boards, beginSeason, endSeason } from './season.ts';
import type { Session } from './session.ts';
import { settle } from './settle.ts';
import { number } from './text.ts';
import { playToday } from './today.ts';

/** What one run of the demo did. */
export interface Played {
  /** How many things the engine did not have before this run. */
  readonly fresh: number;
  readonly comeback: Comeback;
  readonly clicks: number;
  readonly friendsToday: number;
  /** Seconds from the first event sent to the last one decided. */
  readonly decided_s: number;
  /** Events of the history that the engine did not have before this run. */
  readonly sent: number;
}

/**
 * Plays the whole history through the API: members, clicks, events, today's season, and what members come
 * back for. Returns how much of it was new.
 */
export async function playHistory(
  session: Session,
  history: History,
  boards: Boards,
  offer: Offer,
): Promise<Played> {
  const { customers } = history;
  const members = await enrolAll(session, customers);
  const clickers = clickersOf(customers, members);
  const clicked = await clickAll(session, clickers);
  const started_ms = performance.now();
  const sent = await sendAll(session, history, members);
  const today = await beginToday(session, customers, members, boards);
  await decideAll(session, sent.keys);
  const decided_s = (performance.now() - started_ms) / 1_000;
  const comeback = await comeBack(session, offer, () => endSeason(session, boards));
  return {
    fresh: clicked + sent.fresh + today.fresh + comeback.fresh,
    comeback,
    clicks: clickers.length + today.clicks,
    friendsToday: today.clicks,
    decided_s,
    sent: sent.fresh,
  };
}

/** Makes the customers members. The ambassadors show their names on the boards. Returns them by customer. */
async function enrolAll(
  session: Session,
  customers: readonly Customer[],
): Promise<ReadonlyMap<string, DemoMember>> {
  const bar = startBar('members', customers.length);
  const members = await enrol(session, customers, bar);
  bar.end('each with a link');
  await nameAmbassadors(session, customers, members);
  return members;
}

function clickersOf(customers: readonly Customer[], members: ReadonlyMap<string, DemoMember>): Clicker[] {
  return customers.flatMap(({ id, arrival, clicks }) => {
    if (!clicks || arrival.by !== 'friend') return [];
    const externalId = externalIdOf(id);
    return [
      { externalId, code: members.get(arrival.referrer)?.code ?? '', signupKey: signupKey(externalId) },
    ];
  });
}

/** Follows the links. Returns how many clicks were new. */
async function clickAll(session: Session, clickers: readonly Clicker[]): Promise<number> {
  const bar = startBar('clicks', clickers.length);
  const clicked = await followLinks(session, clickers, bar);
  bar.end(`${number(clicked)} new`);
  return clicked;
}

/** Sends the events of the history. Returns their keys, and how many of them were new. */
async function sendAll(
  session: Session,
  { happenings }: History,
  members: ReadonlyMap<string, DemoMember>,
): Promise<{ readonly keys: readonly string[]; readonly fresh: number }> {
  const codeOf = (customer: string): string => members.get(customer)?.code ?? '';
  const events = happenings.map((happening) => eventOf(happening, codeOf));
  const bar = startBar('events sent', events.length);
  const fresh = await send(session, events, bar);
  bar.end(`${number(fresh)} new`);
  return { keys: events.map(({ key }) => key), fresh };
}

/**
 * Today's friends compete in a season of some seconds. It runs while the history is still being decided: it
 * closes once theirs is decided too.
 */
async function beginToday(
  session: Session,
  customers: readonly Customer[],
  members: ReadonlyMap<string, DemoMember>,
  boards: Boards,
) {
  await beginSeason(session, boards);
  return await playToday(session, customers, members);
}

/** Waits until every event is decided. */
async function decideAll(session: Session, keys: readonly string[]): Promise<void> {
  const bar = startBar('events decided', keys.length);
  await settle(session, keys, bar);
  bar.end('all');
}
