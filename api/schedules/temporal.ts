import { type Client, ScheduleNotFoundError, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Services } from '../context.ts';
import { fail, notFound } from '../http/errors.ts';
import { iso, isoOrNull } from '../trpc/views.ts';

/** Who asks is not kept waiting by a server that does not answer. */
const DEADLINE_MS = 5_000;
const SCHEDULES_MAX = 100;
const NEXT_RUNS_SHOWN = 5;

type Temporal = Pick<Client, 'workflow' | 'schedule'>;
export type ScheduleHandle = ReturnType<Temporal['schedule']['getHandle']>;
type Description = Awaited<ReturnType<ScheduleHandle['describe']>>;

/** Asks Temporal within five seconds. Throws `schedules_unavailable` when it is away, `not_found` when there is no such schedule. */
async function askTemporal<T>(services: Services, ask: (temporal: Temporal) => Promise<T>): Promise<T> {
  const { temporal, log } = services;
  if (temporal === undefined) throw fail('schedules_unavailable', 'This API is not connected to Temporal.');
  try {
    return await temporal.schedule.withDeadline(Date.now() + DEADLINE_MS, () => ask(temporal));
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) throw notFound('schedule');
    log.warn({ err: error }, 'the schedules could not be asked');
    throw fail('schedules_unavailable', 'Temporal cannot be asked right now; try again.');
  }
}

/** One of the engine's schedules, to be asked or told something; others on the same server do not exist for it. */
export function onSchedule<T>(
  services: Services,
  id: string,
  act: (schedule: ScheduleHandle, known: Description) => Promise<T>,
): Promise<T> {
  return askTemporal(services, async ({ schedule }) => {
    const handle = schedule.getHandle(id);
    const known = await handle.describe();
    if (purposeOf(known) === null) throw new ScheduleNotFoundError('not one of ours', id);
    return await act(handle, known);
  });
}

/** Every schedule of the engine, in order of name. */
export function listSchedules(services: Services) {
  return askTemporal(services, async (temporal) => {
    const ids: string[] = [];
    for await (const { scheduleId, memo } of temporal.schedule.list()) {
      if (purposeOf({ memo }) !== null) ids.push(scheduleId);
      if (ids.length === SCHEDULES_MAX) break;
    }
    const describe = async (id: string) => viewOf(temporal, await temporal.schedule.getHandle(id).describe());
    return await Promise.all(ids.sort().map(describe));
  });
}

/** The engine's schedules say what they are for. */
function purposeOf({ memo }: { readonly memo?: Record<string, unknown> | undefined }): string | null {
  const purpose = memo?.['purpose'];
  return typeof purpose === 'string' ? purpose : null;
}

/** A schedule with its last run: what came of it, or why it failed; numbers and codes only. */
async function viewOf(temporal: Temporal, described: Description) {
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

export interface LastRun {
  readonly scheduledAt: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Temporal's word for it: RUNNING, COMPLETED, FAILED, … */
  readonly status: string;
  readonly result: unknown;
  readonly failure: { readonly type: string; readonly message: string } | null;
}

async function lastRunOf({ workflow }: Temporal, { info }: Description): Promise<LastRun | null> {
  const last = info.recentActions.at(-1);
  if (last === undefined || last.action.type !== 'startWorkflow') return null;
  const { workflowId, firstExecutionRunId } = last.action.workflow;
  const run = workflow.getHandle(workflowId, firstExecutionRunId);
  const { status, startTime, closeTime } = await run.describe();
  const ended = status.name === 'COMPLETED' || status.name === 'FAILED' ? await endOf(run) : NOTHING;
  return {
    scheduledAt: iso(last.scheduledAt),
    startedAt: iso(startTime),
    endedAt: isoOrNull(closeTime ?? null),
    status: status.name,
    ...ended,
  };
}

const NOTHING = { result: null, failure: null } as const;

async function endOf(
  run: ReturnType<Temporal['workflow']['getHandle']>,
): Promise<Pick<LastRun, 'result' | 'failure'>> {
  try {
    return { result: (await run.result()) ?? null, failure: null };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const type = cause instanceof ApplicationFailure ? (cause.type ?? 'Error') : (cause?.name ?? 'Error');
    return { result: null, failure: { type, message: cause?.message ?? error.message } };
  }
}
