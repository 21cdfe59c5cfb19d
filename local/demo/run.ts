import { type Proof, prove } from '../../ledger/prove.ts';
import type { Config } from '../../platform/config.ts';
import { messageOf } from '../user-error.ts';
import { type Bar, startBar } from './bar.ts';
import { type Offer, openCatalogue } from './catalogue.ts';
import { readCdnow } from './cdnow.ts';
import { type Comeback, comeBack } from './comeback.ts';
import { readReturning } from './crowd.ts';
import type { Engine } from './engine.ts';
import { eventOf, signupKey } from './events.ts';
import { type Customer, type History, historyOf } from './history.ts';
import {
  type Boards,
  beginSeason,
  endSeason,
  nameAmbassadors,
  openHonours,
  readHonours,
  signBadges,
} from './honours.ts';
import { externalIdOf } from './people.ts';
import { type Clicker, type DemoMember, enrol, followLinks, send } from './replay.ts';
import { reportOf } from './report.ts';
import { openSession, type Session } from './session.ts';
import { settle } from './settle.ts';
import { readState } from './state.ts';
import { tellStory } from './story.ts';
import { tallyOf } from './tally.ts';
import { number } from './text.ts';
import { playToday } from './today.ts';

interface Replayed {
  readonly fresh: number;
  readonly comeback: Comeback;
  readonly clicks: number;
  readonly friendsToday: number;
  /** Seconds from the first event sent to the last one decided. */
  readonly decided_s: number;
  /** Events of the history that the engine did not have before this run. */
  readonly sent: number;
}

const secondsSince = (begun_ms: number): number => (performance.now() - begun_ms) / 1_000;

/** Runs `work` with a bar that ends with it; `work` returns what is said about it at the end. */
async function barred(label: string, total: number, work: (bar: Bar) => Promise<string>): Promise<void> {
  const bar = startBar(label, total);
  bar.end(await work(bar));
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

async function replay(
  session: Session,
  { customers, happenings }: History,
  boards: Boards,
  offer: Offer,
): Promise<Replayed> {
  let members = new Map<string, DemoMember>();
  let fresh = 0;
  let sent = 0;
  await barred('members', customers.length, async (bar) => {
    members = await enrol(session, customers, bar);
    return 'each with a link';
  });
  await nameAmbassadors(session, customers, members);
  const clickers = clickersOf(customers, members);
  await barred('clicks', clickers.length, async (bar) => {
    const clicked = await followLinks(session, clickers, bar);
    fresh += clicked;
    return `${number(clicked)} new`;
  });
  const codeOf = (customer: string): string => members.get(customer)?.code ?? '';
  const events = happenings.map((happening) => eventOf(happening, codeOf));
  const begun_ms = performance.now();
  await barred('events sent', events.length, async (bar) => {
    sent = await send(session, events, bar);
    fresh += sent;
    return `${number(sent)} new`;
  });
  await barred('events decided', events.length, async (bar) => {
    await settle(
      session,
      events.map(({ key }) => key),
      bar,
    );
    return 'all';
  });
  const decided_s = secondsSince(begun_ms);
  const today = await playSeason(session, customers, members, boards);
  fresh += today.fresh;
  const comeback = await comeBack(session, offer);
  return {
    fresh: fresh + comeback.fresh,
    comeback,
    clicks: clickers.length + today.clicks,
    friendsToday: today.clicks,
    decided_s,
    sent,
  };
}

/** Today's friends compete in a season of some seconds, which ends with prizes. */
async function playSeason(
  session: Session,
  customers: readonly Customer[],
  members: ReadonlyMap<string, DemoMember>,
  boards: Boards,
) {
  await beginSeason(session, boards);
  const today = await playToday(session, customers, members);
  await settle(session);
  const closed = await endSeason(session, boards);
  return { ...today, fresh: today.fresh + closed + (await signBadges(session)) };
}

function closing({ fresh, decided_s, sent }: Replayed, seconds: number): string[] {
  if (fresh === 0)
    return [
      '',
      `Nothing new: the engine had all of it already, and nothing changed (${seconds.toFixed(1)} s).`,
    ];
  const rate =
    sent === 0
      ? ''
      : ` ${number(sent)} events sent and decided in ${decided_s.toFixed(1)} s, ` +
        `${(sent / decided_s).toFixed(0)} a second;`;
  return ['', `${number(fresh)} things were new.${rate} ${seconds.toFixed(1)} s in all.`];
}

/** The prover's answer, or why there is none. */
async function proofOf({ databaseUrl }: Engine, { programId }: Session): Promise<Proof | string> {
  if (databaseUrl === null) return 'the database is known to the engine alone';
  try {
    return await prove(databaseUrl, { programId });
  } catch (error) {
    return messageOf(error);
  }
}

/** Plays the whole demo against an engine and prints its summary. False when the ledger is not in order. */
export async function runDemo(engine: Engine, config: Config, customers: number): Promise<boolean> {
  const begun_ms = performance.now();
  const history = historyOf(readCdnow(), customers);
  const session = await openSession(engine, config.DATA_DIR);
  const boards = await openHonours(session);
  const offer = await openCatalogue(session);
  const replayed = await replay(session, history, boards, offer);
  const state = await readState(session);
  const facts = {
    customers: history.customers.length,
    purchases: history.happenings.filter(({ type }) => type === 'purchase').length,
    friendsToday: replayed.friendsToday,
    clicks: replayed.clicks,
    tally: tallyOf(state),
    returning: await readReturning(session, replayed.comeback.holders),
    redemptions: state.redemptions,
    achievements: state.rewards.filter(({ source }) => source === 'achievement'),
    mailbox: `${session.api}/mailbox`,
    honours: await readHonours(session, boards),
    story: await tellStory(session, state, { ui: engine.temporalUi, namespace: config.TEMPORAL_NAMESPACE }),
    proof: await proofOf(engine, session),
  };
  console.log([...reportOf(facts), ...closing(replayed, secondsSince(begun_ms))].join('\n'));
  return typeof facts.proof === 'string' || facts.proof.ok;
}
