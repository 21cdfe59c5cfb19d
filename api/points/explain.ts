import { z } from 'zod';
import type { TraceStep } from '../../domain/rules/trace.ts';
import type { PointPosting } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';
import { query } from '../trpc/procedures.ts';
import { id } from '../trpc/schemas.ts';
import { explainStep, words } from '../trpc/words.ts';
import { pointExplanationAnswer } from './answers.ts';
import { pointPostingView } from './read.ts';

export const explainPoints = query()
  .meta({
    rest: 'explainPoints GET /points/{id}/explanation',
    doc:
      'Explains why a member got or lost points, by the id of the posting. Returns the rule as it was ' +
      'then, the facts, every check, and the same in sentences.',
  })
  .input(z.strictObject({ id }))
  .output(pointExplanationAnswer)
  .query(async ({ ctx, input }) => {
    const where = { programId_id: { programId: ctx.programId, id: input.id } };
    const posting = await ctx.services.db.pointPosting.findUnique({ where });
    if (posting === null) throw notFound('posting of points');
    return {
      posting: pointPostingView(posting),
      trace: posting.trace as Readonly<Record<string, unknown>>,
      sentences: sentencesOf(posting),
    };
  });

function sentencesOf(posting: PointPosting): string[] {
  const { trace, reversedMinor, amountMinor, expiresAt } = posting;
  const steps = isSteps(trace) ? trace.steps.map(explainStep) : [];
  const reversed =
    reversedMinor === 0n
      ? []
      : [`${reversedMinor} of ${amountMinor} points were taken back, because the event was refunded.`];
  const expires =
    expiresAt === null ? [] : [`What is left of them expires on ${expiresAt.toISOString().slice(0, 10)}.`];
  return [headline(posting), ...steps, ...reversed, ...expires];
}

function headline({ source, ruleId, policyVersion, amountMinor, occurredAt }: PointPosting): string {
  const day = occurredAt.toISOString().slice(0, 10);
  const by = `“${ruleId ?? ''}” of policy version ${policyVersion ?? 0}`;
  switch (source) {
    case 'rule':
      return `Rule ${by} gave ${amountMinor} points for an event of ${day}.`;
    case 'achievement':
      return `Achievement ${by} gave ${amountMinor} points; the action that completed it was on ${day}.`;
    case 'reversal':
      return amountMinor > 0n
        ? `A refund was taken back on ${day}, and so ${amountMinor} points that ${by} had given came back.`
        : `A refund of ${day} took back ${-amountMinor} points that ${by} had given.`;
    default: {
      const change = amountMinor > 0n ? `gave ${amountMinor}` : `took ${-amountMinor}`;
      return `An ${words(source)} ${change} points by hand on ${day}.`;
    }
  }
}

function isSteps(trace: unknown): trace is { readonly steps: readonly TraceStep[] } {
  return trace !== null && typeof trace === 'object' && 'steps' in trace && Array.isArray(trace.steps);
}
