import { type Proof, prove } from '../../ledger/prove.ts';
import type { Config } from '../../platform/config.ts';
import { messageOf } from '../user-error.ts';
import { openCatalogue } from './catalogue.ts';
import { readCdnow } from './cdnow.ts';
import { readReturning } from './crowd.ts';
import { durationOf } from './duration.ts';
import type { Engine } from './engine.ts';
import { historyOf } from './history.ts';
import { openHonours, readHonours } from './honours.ts';
import { type Played, playHistory } from './play.ts';
import { reportOf } from './report.ts';
import { openSession, type Session } from './session.ts';
import { readState } from './state.ts';
import { checkMessages, type StoredMessages } from './stored-messages.ts';
import { tellStory } from './story.ts';
import { tallyOf } from './tally.ts';
import { number } from './text.ts';

/**
 * Plays the whole demo against an engine and prints its summary. False when the ledger is not in order, or a
 * message does not fit its type.
 */
export async function runDemo(engine: Engine, config: Config, customers: number): Promise<boolean> {
  const begun_ms = performance.now();
  const history = historyOf(readCdnow(), customers);
  const events = history.happenings.length;
  console.log(
    `  ${number(history.customers.length)} customers, ${number(events)} events: ` +
      `${durationOf(events)} on two cores`,
  );
  const session = await openSession(engine, config.DATA_DIR);
  const [boards, offer] = await Promise.all([openHonours(session), openCatalogue(session)]);
  const played = await playHistory(session, history, boards, offer);
  const [state, { proof, messages }, returning, honours] = await Promise.all([
    readState(session),
    checkStored(engine, session),
    readReturning(session, played.comeback.holders),
    readHonours(session, boards),
  ]);
  const facts = {
    customers: history.customers.length,
    purchases: history.happenings.filter(({ type }) => type === 'purchase').length,
    friendsToday: played.friendsToday,
    clicks: played.clicks,
    tally: tallyOf(state),
    returning,
    redemptions: state.redemptions,
    achievements: state.rewards.filter(({ source }) => source === 'achievement'),
    mailbox: `${session.api}/mailbox`,
    honours,
    story: await tellStory(session, state, { ui: engine.temporalUi, namespace: config.TEMPORAL_NAMESPACE }),
    proof,
    messages,
  };
  console.log([...reportOf(facts), ...closing(played, secondsSince(begun_ms))].join('\n'));
  const isProved = typeof proof === 'string' || proof.ok;
  return isProved && (messages?.problems ?? []).length === 0;
}

const secondsSince = (begun_ms: number): number => (performance.now() - begun_ms) / 1_000;

interface Checked {
  /** The prover's answer, or why there is none. */
  readonly proof: Proof | string;
  /** Null: nobody could look at them. */
  readonly messages: StoredMessages | null;
}

/** Proves the program's ledger, and holds its messages against their types. */
async function checkStored({ databaseUrl }: Engine, { programId }: Session): Promise<Checked> {
  if (databaseUrl === null) return { proof: 'the database is known to the engine alone', messages: null };
  try {
    const proof = await prove(databaseUrl, { programId });
    return { proof, messages: await checkMessages(databaseUrl, programId) };
  } catch (error) {
    return { proof: messageOf(error), messages: null };
  }
}

function closing({ fresh, decided_s, sent }: Played, seconds: number): string[] {
  if (fresh === 0) {
    return [
      '',
      `Nothing new: the engine had all of it already, and nothing changed (${seconds.toFixed(1)} s).`,
    ];
  }
  const rate =
    sent === 0
      ? ''
      : ` ${number(sent)} events sent and decided in ${decided_s.toFixed(1)} s, ` +
        `${(sent / decided_s).toFixed(0)} a second;`;
  return ['', `${number(fresh)} things were new.${rate} ${seconds.toFixed(1)} s in all.`];
}
