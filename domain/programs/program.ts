import { stateDiagram } from '../diagram.ts';
import { ok, type Result, refuse } from '../refusal.ts';

/**
 * The states of a program. draft: being set up, takes nothing. paused: takes events and lets them wait.
 * ended: begins nothing new, and lets what began finish.
 */
export const PROGRAM_STATUSES = ['draft', 'live', 'paused', 'ended'] as const;
export type ProgramStatus = (typeof PROGRAM_STATUSES)[number];

export const PROGRAM_STEPS = ['start', 'pause', 'resume', 'end'] as const;
export type ProgramStep = (typeof PROGRAM_STEPS)[number];

type Exits = Readonly<Partial<Record<ProgramStep, ProgramStatus>>>;

/** Every step that is not listed is refused. Nothing leads out of an end, and nothing back to a draft. */
const TABLE: Readonly<Record<ProgramStatus, Exits>> = {
  draft: { start: 'live', end: 'ended' },
  live: { pause: 'paused', end: 'ended' },
  paused: { resume: 'live', end: 'ended' },
  ended: {},
};

/** Where each step leads, from wherever it may be taken. */
const GOAL: Readonly<Record<ProgramStep, ProgramStatus>> = {
  start: 'live',
  pause: 'paused',
  resume: 'live',
  end: 'ended',
};

const isProgramEnd = (status: ProgramStatus): boolean => Object.keys(TABLE[status]).length === 0;

/**
 * The status after a step; a program that is there already stays there. Else `program_ended` when it has
 * ended, or `stage_forbids`.
 */
export function nextProgram(status: ProgramStatus, step: ProgramStep): Result<ProgramStatus> {
  const to = status === GOAL[step] ? status : TABLE[status][step];
  if (to !== undefined) return ok(to);
  return isProgramEnd(status)
    ? refuse('program_ended', `The program has ended, which is final: it cannot ${step}.`)
    : refuse('stage_forbids', `The program is ${status}: it cannot ${step}.`);
}

/** A program's status as it was last written down, and when it begins and ends by itself; null: never. */
export interface ProgramTimes {
  readonly status: ProgramStatus;
  readonly starts_at_ms: number | null;
  readonly ends_at_ms: number | null;
}

const hasCome = (at_ms: number | null, now_ms: number): boolean => at_ms !== null && at_ms <= now_ms;

/**
 * The status at a moment: times that have come count before anybody has written it down. `program_status_at`
 * says the same in SQL.
 */
export function statusAt({ status, starts_at_ms, ends_at_ms }: ProgramTimes, now_ms: number): ProgramStatus {
  if (status === 'ended' || hasCome(ends_at_ms, now_ms)) return 'ended';
  return status === 'draft' && hasCome(starts_at_ms, now_ms) ? 'live' : status;
}

export interface DueStep {
  readonly step: 'start' | 'end';
  /** When it was to be taken. */
  readonly at_ms: number;
}

/**
 * The steps that its times have brought and that nobody has written down, in order; both, after a long
 * outage.
 */
export function dueSteps({ status, starts_at_ms, ends_at_ms }: ProgramTimes, now_ms: number): DueStep[] {
  const steps: DueStep[] = [];
  if (status === 'draft' && starts_at_ms !== null && hasCome(starts_at_ms, now_ms)) {
    steps.push({ step: 'start', at_ms: starts_at_ms });
  }
  if (status !== 'ended' && ends_at_ms !== null && hasCome(ends_at_ms, now_ms)) {
    steps.push({ step: 'end', at_ms: ends_at_ms });
  }
  return steps;
}

/**
 * Judges times that a program is to have. Gives them back, or `program_ended`; `stage_forbids` when the start
 * of one that has begun is to move; `schedule_in_past` when a time that changes has passed;
 * `program_ends_before_start`.
 */
export function checkProgramTimes(
  before: ProgramTimes,
  after: ProgramTimes,
  now_ms: number,
): Result<ProgramTimes> {
  const status = statusAt(before, now_ms);
  const [moved, ends] = [after.starts_at_ms !== before.starts_at_ms, after.ends_at_ms !== before.ends_at_ms];
  if (status === 'ended') return refuse('program_ended', 'The program has ended, which is final.');
  if (moved && status !== 'draft') {
    return refuse('stage_forbids', 'The program has begun: its start stays as it is.');
  }
  if (after.starts_at_ms !== null && after.ends_at_ms !== null && after.ends_at_ms <= after.starts_at_ms) {
    return refuse('program_ends_before_start', 'The program would end before it starts.');
  }
  if ((moved && hasCome(after.starts_at_ms, now_ms)) || (ends && hasCome(after.ends_at_ms, now_ms))) {
    return refuse('schedule_in_past', 'A time has passed already: start or end the program by hand.');
  }
  return ok(after);
}

/** The table as a Mermaid state diagram, so that the documentation shows what the code does. */
export const programDiagram = (): string => stateDiagram(['draft', 'live'], TABLE);
