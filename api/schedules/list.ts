import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import type { z } from 'zod';
import type { Services, Temporal } from '../context.ts';
import { askTemporal } from '../temporal/ask.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { purposeOf, SCHEDULE_REFUSALS, type ScheduleDescription } from './act.ts';
import type { scheduleAnswer, scheduleRunAnswer } from './schema.ts';

type Schedule = z.infer<typeof scheduleAnswer>;
type LastRun = z.infer<typeof scheduleRunAnswer>;

const SCHEDULES_MAX = 100;
const NEXT_RUNS_SHOWN = 5;

/** Returns every schedule of the engine, ordered by name. Throws `schedules_unavailable`. */
export function listSchedules(services: Services): Promise<Schedule[]> {
  return askTemporal(services, SCHEDULE_REFUSALS.away, async (temporal) => {
    const ids: string[] = [];
    for await (const { scheduleId, memo } of temporal.schedule.list()) {
      if (purposeOf({ memo }) !== null) ids.push(scheduleId);
      if (ids.length === SCHEDULES_MAX) break;
    }
    const describe = async (id: string) => viewOf(temporal, await temporal.schedule.getHandle(id).describe());
    return await Promise.all(ids.sort().map(describe));
  });
}

/** A schedule with its last run: what came of it, or why it failed; numbers and codes only. */
async function viewOf(temporal: Temporal, described: ScheduleDescription): Promise<Schedule> {
  const { scheduleId, state, info } = described;
  return {
    id: scheduleId,
    purpose: purposeOf(described),
    paused: state.paused,
    note: state.note ?? null,
    running: info.runningActions.length > 0,
    lastRun: await lastRunOf(temporal, described),
    nextRuns: state.paused ? [] : info.nextActionTimes.slice(0, NEXT_RUNS_SHOWN).map(iso),
  };
}

/** The last run; null before the first one, and when Temporal no longer keeps it. */
async function lastRunOf(temporal: Temporal, { info }: ScheduleDescription): Promise<LastRun | null> {
  const last = info.recentActions.at(-1);
  if (last === undefined || last.action.type !== 'startWorkflow') return null;
  const { workflowId, firstExecutionRunId } = last.action.workflow;
  try {
    const run = temporal.workflow.getHandle(workflowId, firstExecutionRunId);
    return { scheduledAt: iso(last.scheduledAt), ...(await describeRun(run)) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

type Run = ReturnType<Temporal['workflow']['getHandle']>;

async function describeRun(run: Run): Promise<Omit<LastRun, 'scheduledAt'>> {
  const { status, startTime, closeTime } = await run.describe();
  const end = status.name === 'COMPLETED' || status.name === 'FAILED' ? await endOf(run) : NO_END;
  return {
    startedAt: iso(startTime),
    endedAt: isoOrNull(closeTime ?? null),
    status: status.name,
    ...end,
  };
}

const NO_END = { result: null, failure: null } as const;

async function endOf(run: Run): Promise<Pick<LastRun, 'result' | 'failure'>> {
  try {
    return { result: (await run.result()) ?? null, failure: null };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const type = cause instanceof ApplicationFailure ? (cause.type ?? 'Error') : (cause?.name ?? 'Error');
    return { result: null, failure: { type, message: cause?.message ?? error.message } };
  }
}
