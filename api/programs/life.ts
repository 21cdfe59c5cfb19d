import { z } from 'zod';
import { checkProgramTimes, type ProgramStep } from '../../domain/programs/program.ts';
import { audit } from '../../engine/audit/record.ts';
import { lockProgram, takeDueSteps, takeStep, timesOf } from '../../engine/programs/life.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Program } from '../../prisma/generated/client.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { mutation } from '../trpc/procedures.ts';
import { instant } from '../trpc/schemas.ts';
import { isoOrNull, programView } from '../trpc/views.ts';

const scheduleInput = z
  .strictObject({
    /** When a draft is to go live; null: not by itself. Left out: as it is. */
    startsAt: instant.nullable().optional(),
    /** When the program is to end; null: not by itself. Left out: as it is. */
    endsAt: instant.nullable().optional(),
  })
  .refine((input) => Object.keys(input).length > 0, 'names no time');

/**
 * Procedures of a program's life. Each answers with the program as it is then; a step that was taken already
 * changes nothing.
 */
export const programLife = {
  /** Sets when the program starts and ends by itself. */
  schedule: mutation('programs:write')
    .input(scheduleInput)
    .mutation(async ({ ctx, input }) => {
      const now_ms = ctx.services.now();
      const before = await upToDate(ctx, now_ms);
      const startsAt = dateOf(input.startsAt, before.startsAt);
      const endsAt = dateOf(input.endsAt, before.endsAt);
      unwrap(checkProgramTimes(timesOf(before), timesOf({ ...before, startsAt, endsAt }), now_ms));
      const program = await ctx.tx.program.update({ where: { id: before.id }, data: { startsAt, endsAt } });
      const detail = { startsAt: isoOrNull(startsAt), endsAt: isoOrNull(endsAt) };
      await audit(ctx.tx, {
        programId: program.id,
        actor: ctx.actor,
        action: 'program.scheduled',
        subject: program.id,
        detail,
      });
      ctx.afterCommit(() => ctx.services.programs.forget(program.id));
      return programView(program, now_ms);
    }),

  /** A draft goes live. */
  start: mutation('programs:write').mutation(({ ctx }) => step(ctx, 'start')),
  /** Takes no new referrals and grants nothing until it is resumed; events are stored, and wait. */
  pause: mutation('programs:write').mutation(({ ctx }) => step(ctx, 'pause')),
  /** Goes on after a pause, with the events that waited. */
  resume: mutation('programs:write').mutation(({ ctx }) => step(ctx, 'resume')),
  /** Ends for good: nothing new begins, and what began finishes. Balances stay, and can be redeemed. */
  end: mutation('programs:write').mutation(({ ctx }) => step(ctx, 'end')),
};

interface LifeContext {
  readonly tx: Tx;
  readonly programId: string;
  readonly actor: string;
  readonly services: { readonly programs: { forget(id: string): void }; now(): number };
  afterCommit(action: () => void): void;
}

async function step(ctx: LifeContext, name: ProgramStep) {
  const at_ms = ctx.services.now();
  const before = await upToDate(ctx, at_ms);
  const program = unwrap(await takeStep(ctx.tx, before, { step: name, actor: ctx.actor, at_ms }));
  ctx.afterCommit(() => ctx.services.programs.forget(program.id));
  return programView(program, at_ms);
}

/**
 * The program, locked, with the steps taken that its times have brought: an operator's word counts from what
 * is true now.
 */
async function upToDate(ctx: LifeContext, now_ms: number): Promise<Program> {
  const program = await lockProgram(ctx.tx, ctx.programId);
  if (program === null) throw notFound('program');
  return (await takeDueSteps(ctx.tx, program, now_ms)).program;
}

function dateOf(given: string | null | undefined, before: Date | null): Date | null {
  if (given === undefined) return before;
  return given === null ? null : new Date(given);
}
