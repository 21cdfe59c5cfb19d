import { formatMoney, type MoneyJson } from '../../domain/money.ts';
import type { RewardTrace } from '../../domain/rewards/trace.ts';
import type { TraceStep } from '../../domain/rules/trace.ts';
import type { Outcome, PointOutcome, RewardOutcome } from '../../engine/events/outcome.ts';
import type { Event, Referral, Reward } from '../../prisma/generated/client.ts';
import { explainStep, words } from '../trpc/words.ts';
import { explainChange } from './refunds.ts';

const day = (date: Date): string => date.toISOString().slice(0, 10);
const amountText = ({ minor, unit }: MoneyJson): string => formatMoney({ minor: BigInt(minor), unit });

/** Why a reward was granted, and its state now, in sentences for members and operators. */
export function explainReward(reward: Reward, recipient: string, reasons: Reasons): string[] {
  const what =
    reward.unit === null
      ? `the ${reward.kind} “${reward.label ?? ''}”`
      : amountText({ minor: reward.amountMinor.toString(), unit: reward.unit });
  const cause = `${nameOfRule(reward)} of policy version ${reward.policyVersion}`;
  const by = reward.source === 'operator' ? 'An operator' : cause;
  const grant = `${by} granted ${what} to the ${recipient} on ${day(reward.grantedAt)}`;
  const given = `${grant}${because(noteIn(reward.trace))}.`;
  return [given, ...explainSteps(reward.trace), statusOf(reward, reasons)];
}

/** What operators wrote of the commands that hold a reward and took it back; null: nothing is on record. */
export interface Reasons {
  readonly held: string | null;
  readonly takenBack: string | null;
}

/** What an operator wrote into a command, or the trace of it. */
export function noteIn(source: unknown): string | null {
  const { note } = (source ?? {}) as { readonly note?: unknown };
  return typeof note === 'string' ? note : null;
}

const because = (note: string | null): string => (note === null ? '' : `, because: “${note}”`);

/** What granted it: a rule, or what is named after the colon of the rule's id. */
function nameOfRule({ source, ruleId }: Reward): string {
  if (source === 'referral') return `Rule “${ruleId}”`;
  const kind = words(source);
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)} “${ruleId.slice(ruleId.indexOf(':') + 1)}”`;
}

function statusOf(reward: Reward, { held, takenBack }: Reasons): string {
  const { status, maturesAt, expiresAt, heldBy, takenBackBy } = reward;
  if (status === 'held' && heldBy !== null) return `An operator holds it${because(held)}.`;
  if (status === 'reversed' && takenBackBy !== null) return `An operator took it back${because(takenBack)}.`;
  if (status === 'held') return `It is on hold until ${day(maturesAt)}; a refund before then takes it back.`;
  if (status === 'reversed') {
    return 'It was taken back, because the event that earned it was refunded or the count behind it fell.';
  }
  return expiresAt === null
    ? `It has been available since ${day(maturesAt)}.`
    : `It has been available since ${day(maturesAt)} and expires on ${day(expiresAt)}.`;
}

/** What the rule saw and checked, one sentence each. */
function explainSteps(trace: unknown): string[] {
  if (isCountTrace(trace)) {
    const { measure, value, unit } = trace.facts;
    const count = unit === null ? value : amountText({ minor: value, unit });
    return [`It looked at the member’s ${words(measure)}: ${count}.`, ...trace.steps.map(explainStep)];
  }
  if (!isRewardTrace(trace)) return [];
  const { facts, steps } = trace;
  const nth = ordinal(facts.event_ordinal);
  const event = `It looked at the ${nth} “${facts.event_type}” of the referred member`;
  const value = facts.event_value === null ? '' : `, worth ${amountText(facts.event_value)}`;
  const saw = `${event}${value}, with ${facts.qualified_count} qualified referrals of the referrer.`;
  return [saw, ...steps.map(explainStep)];
}

const isRewardTrace = (trace: unknown): trace is RewardTrace => hasFact(trace, 'event_type');

/** The trace of a decision on a member's count. */
interface CountTrace {
  readonly facts: { readonly measure: string; readonly value: string; readonly unit: string | null };
  readonly steps: readonly TraceStep[];
}

const isCountTrace = (trace: unknown): trace is CountTrace => hasFact(trace, 'measure');

/** Whether it is a trace, and of the sort that has this fact. */
function hasFact(trace: unknown, fact: string): boolean {
  return (
    trace !== null &&
    typeof trace === 'object' &&
    'steps' in trace &&
    Array.isArray(trace.steps) &&
    'facts' in trace &&
    trace.facts !== null &&
    typeof trace.facts === 'object' &&
    fact in trace.facts
  );
}

function ordinal(count: number): string {
  const tens = count % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${suffix}`;
}

/** The stage of a referral and the reasons for it. */
export function explainReferral(referral: Referral, command: Event | null): string[] {
  const began = `It began on ${day(referral.issuedAt)} under policy version ${referral.policyVersion}.`;
  const signedUp =
    referral.signedUpAt === null
      ? 'Nobody has signed up with it yet.'
      : `The referred member signed up on ${day(referral.signedUpAt)}.`;
  const qualified = explainQualification(referral);
  const reason = referral.reason === null ? '' : `, because: ${words(referral.reason)}`;
  const verdict = referral.verdict === null ? [] : [`The fraud rules said: ${words(referral.verdict)}.`];
  const due =
    referral.dueAt === null || referral.endedAt !== null
      ? []
      : [`Without another event it leaves this stage on ${day(referral.dueAt)}.`];
  const corrected = command === null ? [] : explainCorrection(command);
  const now = `It is ${words(referral.stage)}${reason}.`;
  return [began, signedUp, ...verdict, qualified, now, ...corrected, ...due];
}

/** What an operator did to the referral by hand, and why. */
function explainCorrection({ type, occurredAt, payload }: Event): string[] {
  const deed = words(type.slice(type.indexOf('.') + 1));
  return [`It was ${deed} by an operator on ${day(occurredAt)}${because(noteIn(payload))}.`];
}

function explainQualification({ qualifiedAt, stage }: Referral): string {
  if (qualifiedAt === null) return 'It has not qualified.';
  const qualified = `It qualified on ${day(qualifiedAt)}`;
  return stage === 'signed_up' || stage === 'reversed'
    ? `${qualified}, by an action that was refunded, and no other qualifies it.`
    : `${qualified}.`;
}

/** The outcome of an event: accepted or refused, and each rule's answer. */
export function explainEvent(event: Event, outcome: Outcome | null): string[] {
  const [receivedOn, occurredOn] = [day(event.receivedAt), day(event.occurredAt)];
  const arrival = `The “${event.type}” came in on ${receivedOn} and happened on ${occurredOn}.`;
  if (outcome === null) return [arrival, waitingFor(event)];
  const stage = outcome.stage === undefined ? '' : `, and left the referral ${words(outcome.stage)}`;
  const decision =
    outcome.decision === 'accepted'
      ? `It was accepted${stage}.`
      : `It was refused ${refusalText(outcome.code, outcome.message)}`;
  const rewards = outcome.rewards ?? [];
  const countSentences = [
    ...(outcome.points ?? []).map(explainPointOutcome),
    ...(outcome.achievements ?? []).map((id) => `It earned the achievement “${id}”.`),
  ];
  const earned = [...rewards.flatMap(explainRewardOutcome), ...countSentences];
  const mayEarn = event.type !== 'refund' && !event.type.includes('.');
  const none =
    outcome.decision === 'accepted' && earned.length === 0 && mayEarn
      ? ['No rule was triggered by it, so it earned nothing.']
      : [];
  return [arrival, ...explainNote(event), decision, ...explainChange(outcome.trace), ...earned, ...none];
}

/** Why an operator sent a command. */
function explainNote({ type, payload }: Event): string[] {
  const note = type.includes('.') ? noteIn(payload) : null;
  return note === null ? [] : [`An operator sent it${because(note)}.`];
}

function explainPointOutcome({ ruleId, recipient, amount, code, message }: PointOutcome): string {
  return amount === undefined
    ? `Rule “${ruleId}” gave the ${recipient} no points ${refusalText(code, message)}`
    : `Rule “${ruleId}” gave the ${recipient} ${amountText(amount)}.`;
}

function explainRewardOutcome({
  ruleId,
  recipient,
  granted,
  amount,
  code,
  message,
  trace,
}: RewardOutcome): string[] {
  if (granted) {
    const what = amount == null ? 'its badge or perk' : amountText(amount);
    return [`Rule “${ruleId}” granted ${what} to the ${recipient}.`];
  }
  return [
    `Rule “${ruleId}” granted the ${recipient} nothing ${refusalText(code, message)}`,
    ...explainSteps(trace),
  ];
}

const refusalText = (code: string | undefined, message: string | undefined): string =>
  `(${code ?? 'no code'}): ${message ?? 'no reason on record.'}`;

function waitingFor({ state, reason }: Event): string {
  const why = reason === null ? '' : ` (${words(reason)})`;
  switch (state) {
    case 'waiting':
      return `It waits for the event that it builds on, as a purchase waits for its signup${why}.`;
    case 'parked':
      return `It could not be handled and waits for an operator${why}.`;
    case 'unmatched':
      return `The event that it builds on never came${why}.`;
    default:
      return 'It is stored and will be decided soon.';
  }
}
