import type { FraudJudgement } from '../../domain/referrals/fraud.ts';
import type { RewardTrace } from '../../domain/rewards/trace.ts';
import type { TraceStep } from '../../domain/rules/trace.ts';
import type { Outcome, PointOutcome, RewardOutcome } from '../../engine/events/outcome.ts';
import type { Event, Referral, Reward } from '../../prisma/generated/client.ts';
import { unreadableOf } from '../events/details.ts';
import { convertedIn, explainConversion } from '../language/conversions.ts';
import type { Speaker } from '../language/speaker.ts';
import { explainStep } from '../language/steps.ts';
import { explainAgain } from './again.ts';
import { type NamedBenefit, rewardNamed } from './benefit.ts';
import { noteIn } from './note.ts';
import { explainChange } from './refunds.ts';
import { explainQualification, reasonText } from './stage.ts';
import { waitingFor } from './waiting.ts';

/** In what part a member earned a reward. */
export type EarnedAs = 'referrer' | 'referred' | 'member';

/** Why a reward was granted, and its state now, in sentences for members and operators. */
export function explainReward(by: Speaker, reward: Reward, recipient: EarnedAs, reasons: Reasons): string[] {
  const { source, ruleId, policyVersion, trace } = reward;
  const what = rewardNamed(by, reward);
  const day = by.day(reward.grantedAt);
  const grant =
    source === 'operator'
      ? by.say('reward.granted_by_hand', { what, recipient, day })
      : by.say('reward.granted', {
          source,
          // What granted it is named after the colon where it is no rule of referrals.
          rule: source === 'referral' ? ruleId : ruleId.slice(ruleId.indexOf(':') + 1),
          version: String(policyVersion),
          what,
          recipient,
          day,
        });
  const why = reasonOf(by, noteIn(trace));
  return [
    grant,
    ...explainAgain(by, trace),
    ...why,
    ...explainSteps(by, trace),
    ...statusOf(by, reward, reasons),
  ];
}

/** What operators wrote of the commands that hold a reward and took it back; null: nothing is on record. */
export interface Reasons {
  readonly held: string | null;
  readonly takenBack: string | null;
}

const reasonOf = (by: Speaker, note: string | null): string[] =>
  note === null ? [] : [by.say('event.reason', { reason: note })];

/** The state of a reward now, and why an operator changed it by hand. */
function statusOf(by: Speaker, reward: Reward, { held, takenBack }: Reasons): string[] {
  const { status, heldBy, takenBackBy } = reward;
  if (status === 'held' && heldBy !== null) return [by.say('reward.held_by_hand'), ...reasonOf(by, held)];
  if (status === 'reversed' && takenBackBy !== null) {
    return [by.say('reward.taken_by_hand'), ...reasonOf(by, takenBack)];
  }
  return [stateOf(by, reward)];
}

function stateOf(by: Speaker, { status, source, maturesAt, expiresAt }: Reward): string {
  const day = by.day(maturesAt);
  // No action earned what an operator gives, so no refund takes it back.
  if (status === 'held')
    return by.say(source === 'operator' ? 'reward.held_of_gift' : 'reward.held', { day });
  if (status === 'reversed') return by.say('reward.reversed');
  return expiresAt === null
    ? by.say('reward.available', { day })
    : by.say('reward.expires', { day, until: by.day(expiresAt) });
}

/** What the rule saw and checked, one sentence each. */
function explainSteps(by: Speaker, trace: unknown): string[] {
  if (isCountTrace(trace)) {
    const { measure, value, unit } = trace.facts;
    const countOf = (minor: string) => (unit === null ? minor : by.amount({ minor, unit }));
    const count = countOf(value);
    const saw = by.say('saw.count', { measure: by.word('measures', measure), count });
    return [saw, ...trace.steps.map((step) => explainStep(by, step, countOf))];
  }
  if (!isRewardTrace(trace)) return [];
  const { facts, steps } = trace;
  const saw = by.say('saw.event', {
    nth: facts.event_ordinal,
    type: facts.event_type,
    value: facts.event_value === null ? 'none' : by.amount(facts.event_value),
    count: facts.qualified_count,
  });
  // Older traces say no unit of the policy.
  const { policy_unit: unit = facts.event_value?.unit } = facts as Partial<typeof facts>;
  const amountOf = (minor: string) => (unit === undefined ? minor : by.amount({ minor, unit }));
  const checks = steps.map((step) => explainStep(by, step, amountOf));
  return [saw, ...explainConversion(by, facts.conversion), ...checks];
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

/** The stage of a referral and the reasons for it. */
export function explainReferral(by: Speaker, referral: Referral, command: Event | null): string[] {
  const { issuedAt, policyVersion, signedUpAt, verdict, stage, reason, dueAt, endedAt } = referral;
  const due = dueAt === null || endedAt !== null ? [] : [by.say('referral.due', { day: by.day(dueAt) })];
  return [
    by.say('referral.began', { day: by.day(issuedAt), version: String(policyVersion) }),
    signedUpAt === null
      ? by.say('referral.nobody')
      : by.say('referral.signed_up', { day: by.day(signedUpAt) }),
    ...(verdict === null ? [] : explainVerdict(by, verdict, referral.signals)),
    explainQualification(by, referral),
    by.say('referral.stage', {
      stage: by.word('stages', stage),
      reason: reason === null ? 'none' : reasonText(by, reason),
    }),
    ...(command === null ? [] : explainCorrection(by, command)),
    ...due,
  ];
}

/** What an operator did to the referral by hand, and why. */
function explainCorrection(by: Speaker, { type, occurredAt, payload }: Event): string[] {
  const deed = type.slice(type.indexOf('.') + 1);
  return [by.say('referral.corrected', { deed, day: by.day(occurredAt) }), ...reasonOf(by, noteIn(payload))];
}

/** What the fraud rules said and, unless they allowed it, for what: never what each signal weighs. */
function explainVerdict(by: Speaker, verdict: string, stored: Referral['signals']): string[] {
  const { signals = [] } = (stored ?? {}) as Partial<Pick<FraudJudgement, 'signals'>>;
  const names = [...new Set(signals.map(({ name }) => by.word('signals', name)))];
  const said = by.say('referral.verdict', { verdict });
  if (verdict === 'allow' || names.length === 0) return [said];
  return [said, by.say('referral.signals', { signals: by.list(names) })];
}

/**
 * The outcome of an event: accepted or refused, and each rule's answer. `benefit` is what a command is about,
 * where it is about a reward.
 */
export function explainEvent(
  by: Speaker,
  event: Event,
  outcome: Outcome | null,
  benefit: NamedBenefit | null = null,
): string[] {
  const { type, receivedAt, occurredAt, payload } = event;
  const begun = [
    by.say('event.arrived', { type, received: by.day(receivedAt), occurred: by.day(occurredAt) }),
    ...(benefit === null ? [] : [by.say('event.of_reward', { what: rewardNamed(by, benefit) })]),
    ...(outcome?.unreadable ?? unreadableOf(payload)).map((detail) => by.say('event.unreadable', { detail })),
  ];
  if (outcome === null) return [...begun, waitingFor(by, event)];
  const isAccepted = outcome.decision === 'accepted';
  const earned = explainEarned(by, outcome);
  const none = isAccepted && earned.length === 0 && earns(event) ? [by.say('event.earned_nothing')] : [];
  const decision = decisionOf(by, outcome);
  const change = [
    ...explainConversion(by, convertedIn(outcome.trace)),
    ...explainChange(by, outcome.trace, type),
  ];
  return [...begun, ...wordOf(by, event), decision, ...change, ...earned, ...none];
}

/** Refunds and commands earn nothing by their nature. */
const earns = ({ type }: Event): boolean => type !== 'refund' && !type.includes('.');

/** Who gave a command, and why. */
function wordOf(by: Speaker, { type, payload }: Event): string[] {
  if (!type.includes('.')) return [];
  const { actor } = payload as Readonly<Record<string, unknown>>;
  return [
    ...(typeof actor === 'string' ? [by.say('event.commanded', { actor })] : []),
    ...reasonOf(by, noteIn(payload)),
  ];
}

/** Only a referral has a stage that its own words name; a redemption says its status itself. */
function decisionOf(by: Speaker, { decision, referralId, stage, code, message }: Outcome): string {
  const isOfReferral = referralId !== undefined && stage !== undefined;
  return decision === 'accepted'
    ? by.say('event.accepted', { stage: isOfReferral ? by.word('stages', stage) : 'none' })
    : by.say('event.refused', refusalOf(by, code, message));
}

function explainEarned(by: Speaker, { rewards = [], points = [], achievements = [] }: Outcome): string[] {
  return [
    ...rewards.flatMap((outcome) => explainRewardOutcome(by, outcome)),
    ...points.map((outcome) => explainPointOutcome(by, outcome)),
    ...achievements.map((id) => by.say('event.achievement', { id })),
  ];
}

function explainPointOutcome(
  by: Speaker,
  { ruleId, recipient, amount, code, message }: PointOutcome,
): string {
  const base = { rule: ruleId, recipient };
  return amount === undefined
    ? by.say('event.no_points', { ...base, ...refusalOf(by, code, message) })
    : by.say('event.points', { ...base, amount: by.amount(amount) });
}

function explainRewardOutcome(by: Speaker, outcome: RewardOutcome): string[] {
  const { ruleId, recipient, granted, amount, code, message, trace } = outcome;
  const base = { rule: ruleId, recipient };
  if (granted) {
    const what = amount == null ? by.say('event.thing') : by.amount(amount);
    return [by.say('event.granted', { ...base, what })];
  }
  const refused = { ...base, ...refusalOf(by, code, message) };
  return [by.say('event.granted_nothing', refused), ...explainSteps(by, trace)];
}

const refusalOf = (by: Speaker, code: string | undefined, message: string | undefined) => ({
  code: code ?? '–',
  why: by.why(code, message),
});
