import { z } from 'zod';
import type { Conversion } from '../../domain/rates/convert.ts';
import type { TraceStep } from '../../domain/rules/trace.ts';
import type { PointPosting } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';
import { languageField, speakerFor } from '../language/asked.ts';
import { explainConversion } from '../language/conversions.ts';
import type { Speaker } from '../language/speaker.ts';
import { explainStep } from '../language/steps.ts';
import { query } from '../trpc/procedures.ts';
import { id } from '../trpc/schemas.ts';
import { pointExplanationAnswer } from './answers.ts';
import { pointPostingView } from './read.ts';

export const explainPoints = query()
  .meta({
    rest: 'explainPoints GET /points/{id}/explanation',
    doc:
      'Explains why a member got or lost points, by the id of the posting. Returns the rule as it was ' +
      'then, the facts, every check, and the same in sentences.',
  })
  .input(z.strictObject({ id, ...languageField }))
  .output(pointExplanationAnswer)
  .query(async ({ ctx, input }) => {
    const where = { programId_id: { programId: ctx.programId, id: input.id } };
    const posting = await ctx.services.db.pointPosting.findUnique({ where });
    if (posting === null) throw notFound('posting of points');
    return {
      posting: pointPostingView(posting),
      trace: posting.trace as Readonly<Record<string, unknown>>,
      sentences: sentencesOf(speakerFor(input.language, ctx.req), posting),
    };
  });

function sentencesOf(by: Speaker, posting: PointPosting): string[] {
  const { trace, reversedMinor, amountMinor, expiresAt } = posting;
  const converted = isSteps(trace) ? explainConversion(by, trace.facts?.conversion) : [];
  const pointsOf = (points: string) => by.say('count.points', { points: Number(points) });
  const steps = isSteps(trace) ? trace.steps.map((step) => explainStep(by, step, pointsOf)) : [];
  const counts = { points: Number(reversedMinor), all: Number(amountMinor) };
  const redated = movedAt(trace) ? [by.say('points.redated')] : [];
  const reversed = reversedMinor === 0n ? [] : [lostOr(by, trace, by.say('points.taken_back', counts))];
  const expires = expiresAt === null ? [] : [by.say('points.expires', { day: by.day(expiresAt) })];
  const why = [...redated, ...movedBy(by, trace)];
  return [headline(by, posting), ...why, ...converted, ...steps, ...reversed, ...expires];
}

/** Whether an award was moved to another time. */
const movedAt = (trace: unknown): boolean => ((trace ?? {}) as PointTrace).moved_by !== undefined;

/** What had the points earned later than their event was counted; nothing where that was at once. */
function movedBy(by: Speaker, trace: unknown): string[] {
  const { late, recount, facts } = (trace ?? {}) as PointTrace;
  if (facts === undefined) return [];
  if (recount !== undefined) return [by.say('points.by_recount')];
  return late === undefined ? [] : [by.say('points.by_number', { number: facts.event_ordinal ?? 0 })];
}

/** Why points went back other than by a refund, of which the other sentence tells. */
function lostOr(by: Speaker, trace: unknown, refunded: string): string {
  const { lost_by, lost_number: number } = (trace ?? {}) as PointTrace;
  if (number !== undefined) return by.say('points.lost_number', { number });
  return lost_by === undefined ? refunded : by.say('points.lost_recount');
}

/** Points of any other source are given and taken by an operator. */
const BY_SOURCE = {
  rule: 'points.rule',
  achievement: 'points.achievement',
  reversal: 'points.reversal',
} as const;

function headline(by: Speaker, posting: PointPosting): string {
  const { source, ruleId, policyVersion, amountMinor, occurredAt, trace } = posting;
  const values = {
    rule: ruleId ?? '',
    version: String(policyVersion ?? 0),
    points: Math.abs(Number(amountMinor)),
    day: by.day(occurredAt),
  };
  if (source === 'reversal' && amountMinor > 0n) return by.say('points.restored', values);
  const { late, recount } = (trace ?? {}) as PointTrace;
  if (source === 'reversal' && late !== undefined) return by.say('points.renumbered', values);
  if (source === 'reversal' && recount !== undefined) return by.say('points.recounted', values);
  if (source in BY_SOURCE) return by.say(BY_SOURCE[source as keyof typeof BY_SOURCE], values);
  return by.say(amountMinor > 0n ? 'points.given_by_hand' : 'points.taken_by_hand', values);
}

/**
 * As `decidePoints` gives it, and as `shift.ts` of the activities adds to it where another event moved
 * it.
 */
interface PointTrace {
  readonly steps?: readonly TraceStep[];
  readonly facts?: { readonly conversion?: Conversion; readonly event_ordinal?: number };
  readonly late?: string;
  readonly recount?: string;
  readonly lost_by?: string;
  readonly lost_number?: number;
  readonly moved_by?: string;
}

function isSteps(trace: unknown): trace is PointTrace & Required<Pick<PointTrace, 'steps'>> {
  return trace !== null && typeof trace === 'object' && 'steps' in trace && Array.isArray(trace.steps);
}
