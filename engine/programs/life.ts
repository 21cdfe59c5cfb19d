import { dueSteps, nextProgram, type ProgramStep, type ProgramTimes } from '../../domain/programs/program.ts';
import { must, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Program } from '../../prisma/generated/client.ts';
import { resumeEvents } from '../events/decide.ts';
import { tell } from '../events/outbox.ts';
import { wakePump } from '../events/wake.ts';
import { lockProgramRow } from './lock.ts';

/** Who moves programs when their times come. */
export const SCHEDULE_ACTOR = 'schedule';

/** What a step is called where the outside hears of it. */
const TOLD = { start: 'started', pause: 'paused', resume: 'resumed', end: 'ended' } as const;

/** A program's row as the rules of its life read it. */
export const timesOf = ({
  status,
  startsAt,
  endsAt,
}: Pick<Program, 'status' | 'startsAt' | 'endsAt'>): ProgramTimes => ({
  status,
  starts_at_ms: startsAt?.getTime() ?? null,
  ends_at_ms: endsAt?.getTime() ?? null,
});

/** Locks a program, so that its steps are taken one after the other. Null when there is none. */
export async function lockProgram(tx: Tx, id: string): Promise<Program | null> {
  await lockProgramRow(tx, id);
  return await tx.program.findUnique({ where: { id } });
}

/** A step, by whom and when. */
export interface Taken {
  readonly step: ProgramStep;
  readonly actor: string;
  readonly at_ms: number;
}

/**
 * Takes a step of a locked program: its status, the audit log, and the outbox, once. A program that is there
 * already is left as it is. Refusals: `program_ended`, `stage_forbids`.
 */
export async function takeStep(
  tx: Tx,
  program: Program,
  { step, actor, at_ms }: Taken,
): Promise<Result<Program>> {
  const to = nextProgram(program.status, step);
  if (!to.ok || to.value === program.status) return to.ok ? { ok: true, value: program } : to;
  const at = new Date(at_ms);
  const data = { status: to.value, statusAt: at, statusBy: actor };
  const next = await tx.program.update({ where: { id: program.id }, data });
  await tx.auditEntry.create({
    data: { programId: program.id, actor, action: `program.${step}`, subject: program.id, detail: {}, at },
    select: { id: true },
  });
  await tellStep(tx, next, step);
  // What waited for this need not wait for the pump's next look at it.
  if (to.value !== 'paused') await wakePaused(tx, program.id);
  return { ok: true, value: next };
}

/** Takes the steps that a locked program's times have brought. Gives the program, and the steps. */
export async function takeDueSteps(
  tx: Tx,
  program: Program,
  now_ms: number,
): Promise<{ readonly program: Program; readonly taken: readonly ProgramStep[] }> {
  let current = program;
  const due = dueSteps(timesOf(program), now_ms);
  for (const { step, at_ms } of due) {
    current = must(await takeStep(tx, current, { step, actor: SCHEDULE_ACTOR, at_ms }));
  }
  return { program: current, taken: due.map(({ step }) => step) };
}

/** A program starts and ends once; it may be paused and resumed often. */
async function tellStep(
  tx: Tx,
  { id, status, statusAt, statusBy }: Program,
  step: ProgramStep,
): Promise<void> {
  const type = `program.${TOLD[step]}` as const;
  const key = step === 'start' || step === 'end' ? type : `${type}:${statusAt.toISOString()}`;
  const payload = { programId: id, status, at: statusAt.toISOString(), by: statusBy };
  await tell(tx, id, [{ key, subject: `program:${id}`, members: [], type, payload }]);
}

async function wakePaused(tx: Tx, programId: string): Promise<void> {
  await resumeEvents(tx, programId);
  await wakePump(tx);
}
