import {
  continueAsNew,
  log,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';
import type { SurveyRef, SurveySnapshot } from '../../activities/surveys/snapshot.ts';
import type { SurveyTurn } from '../../domain/surveys/survey.ts';
import { failureReason } from '../failure.ts';
import { type Inbox, openInbox } from '../inbox.ts';
import type { Delivery } from '../messages.ts';
import { SHORT_TRANSACTION } from '../options.ts';
import { MEMBER_ID } from '../search-attributes.ts';
import { currentSurvey, type SurveyInput } from './messages.ts';

const activities = proxyLocalActivities<Activities>(SHORT_TRANSACTION);

/**
 * One survey of one member: asks, reminds once, takes the answer and its changes, and ends when its time is
 * over. The last activity's snapshot says what comes next and when. Its deadlines are absolute, so a new run
 * continues where an earlier one ended. Returns the last snapshot.
 */
export async function survey(input: SurveyInput): Promise<SurveySnapshot> {
  const { programId, surveyId } = input;
  const inbox = openInbox(input.carried?.inbox);
  let snapshot: SurveySnapshot | null = input.carried?.snapshot ?? null;
  setHandler(currentSurvey, () => snapshot);
  // Each run has its own details, so a new run shows what the last one showed.
  if (snapshot !== null) show(snapshot, snapshot);
  for (;;) {
    await inbox.untilDue(snapshot?.turn?.at_ms ?? null);
    const before: SurveySnapshot | null = snapshot;
    const now = await advance(input, inbox, before);
    if (now === null) continue;
    snapshot = now;
    show(now, before);
    if (inbox.waiting.length > 0) continue;
    if (now.turn === null) return now;
    if (workflowInfo().continueAsNewSuggested) {
      const carried = { inbox: inbox.waiting, snapshot: now };
      await continueAsNew<typeof survey>({ programId, surveyId, carried });
    }
  }
}

/**
 * Decides the waiting commands, then takes the survey's turn if it is due. In this order, an answer in time
 * comes before the deadline.
 */
async function advance(
  { programId, surveyId }: SurveyInput,
  inbox: Inbox,
  before: SurveySnapshot | null,
): Promise<SurveySnapshot | null> {
  let snapshot = before;
  for (let next = inbox.waiting.shift(); next !== undefined; next = inbox.waiting.shift()) {
    snapshot = await decideCommand({ programId, surveyId, now_ms: Date.now() }, next);
  }
  const now_ms = Date.now();
  const turn = snapshot?.turn ?? null;
  if (turn === null || turn.at_ms > now_ms) return snapshot;
  return await TURNS[turn.step]({ programId, surveyId, now_ms });
}

const TURNS: Readonly<Record<SurveyTurn['step'], (ref: SurveyRef) => Promise<SurveySnapshot>>> = {
  ask: (ref) => activities.askSurvey(ref),
  remind: (ref) => activities.remindSurvey(ref),
  close: (ref) => activities.closeSurvey(ref),
  lapse: (ref) => activities.closeSurvey(ref),
};

/**
 * Runs the activity for one command. A command that fails for good is parked for an operator, and the survey
 * goes on.
 */
async function decideCommand(ref: SurveyRef, { eventId, type }: Delivery): Promise<SurveySnapshot> {
  const event = { ...ref, eventId };
  try {
    switch (type) {
      case 'survey.due':
        return await activities.openSurvey(event);
      case 'survey.answered':
        return await activities.answerSurvey(event);
      case 'survey.cancelled':
        return await activities.cancelSurvey(event);
      default:
        return await activities.parkSurveyEvent({ ...event, reason: `no step for events of type ${type}` });
    }
  } catch (error) {
    const reason = failureReason(error);
    if (reason === null) throw error;
    log.error('an event could not be handled and is parked', { eventId, type });
    return await activities.parkSurveyEvent({ ...event, reason });
  }
}

/** Shows the survey in the Web UI: its member as a search attribute, and its state as a short table. */
function show(now: SurveySnapshot, before: SurveySnapshot | null): void {
  if (now.member_id !== before?.member_id) upsertSearchAttributes([{ key: MEMBER_ID, value: now.member_id }]);
  const { status, rule_id, occasion, member_id, reason, turn } = now;
  const rows: readonly (readonly [string, string | null])[] = [
    ['status', status],
    ['survey', rule_id],
    ['occasion', occasion],
    ['member', member_id],
    ['why', reason],
    ['next', turn === null ? null : `${turn.step} at ${new Date(turn.at_ms).toISOString()}`],
  ];
  const lines = rows.filter(([, value]) => value !== null).map(([name, value]) => `| ${name} | ${value} |`);
  setCurrentDetails(['| | |', '|---|---|', ...lines].join('\n'));
}
