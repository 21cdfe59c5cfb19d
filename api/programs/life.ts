import { checkProgramTimes, type ProgramStep } from '../../domain/programs/program.ts';
import { audit } from '../../engine/audit/record.ts';
import { lockProgram, takeDueSteps, takeStep, timesOf } from '../../engine/programs/life.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Program } from '../../prisma/generated/client.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { mutation } from '../trpc/procedures.ts';
import { isoOrNull } from '../trpc/views.ts';
import { programAnswer, scheduleProgramInput } from './schema.ts';
import { programView } from './view.ts';

/**
 * Procedures of a program's life. Each answers with the program as it is then; a step that was taken already
 * changes nothing.
 */
export const programLife = {
  schedule: mutation()
    .meta({
      rest: 'scheduleProgram PUT /program/schedule',
      doc:
        'Sets when the program starts and ends by itself. Each time may be set until it has come; what is ' +
        'left out stays as it is, and at least one of the two must be named. Returns the program as it is ' +
        'then. Refusals: `program_ends_before_start`, `schedule_in_past`, `stage_forbids` for another ' +
        'start of a program that has begun, `program_ended`.',
    })
    .input(scheduleProgramInput)
    .output(programAnswer)
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

  start: mutation()
    .meta({
      rest: 'startProgram POST /program/start',
      doc:
        'Takes the program live from a draft. Returns the program; one that is live already stays as it ' +
        'is. Refusals: `stage_forbids` while it is paused, `program_ended`.',
    })
    .output(programAnswer)
    .mutation(({ ctx }) => step(ctx, 'start')),

  pause: mutation()
    .meta({
      rest: 'pauseProgram POST /program/pause',
      doc:
        'Pauses the program: it takes no new referrals and grants nothing until it is resumed; events are ' +
        'stored, and wait. Returns the program; one that is paused already stays as it is. Refusals: ' +
        '`stage_forbids` for a draft, `program_ended`.',
    })
    .output(programAnswer)
    .mutation(({ ctx }) => step(ctx, 'pause')),

  resume: mutation()
    .meta({
      rest: 'resumeProgram POST /program/resume',
      doc:
        'Resumes the program after a pause, with the events that waited. Returns the program; one that is ' +
        'live already stays as it is. Refusals: `stage_forbids` for a draft, `program_ended`.',
    })
    .output(programAnswer)
    .mutation(({ ctx }) => step(ctx, 'resume')),

  end: mutation()
    .meta({
      rest: 'endProgram POST /program/end',
      doc:
        'Ends the program for good: nothing new begins, and what began finishes. Balances stay, and can be ' +
        'redeemed. Returns the program; one that has ended already stays as it is.',
    })
    .output(programAnswer)
    .mutation(({ ctx }) => step(ctx, 'end')),
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
