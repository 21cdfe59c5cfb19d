import type { ProgramStatus } from '../../domain/programs/program.ts';
import { createBreathing } from '../../platform/breathing.ts';
import { allows, type Principal } from '../auth/auth.ts';
import { statusNow } from '../cache/programs.ts';
import type { Services } from '../context.ts';
import { classify, fail, notFound } from '../http/errors.ts';
import { outcomeView } from '../trpc/outcome.ts';
import type { EventRow } from './event-row.ts';
import { parseEvent, parseRecord } from './input.ts';
import { type RowOptions, rowOf } from './row.ts';
import type { BatchItem, RecordAnswer } from './schema.ts';

/** Who sends events, and to which program. */
export interface EventSender {
  readonly principal: Principal;
  readonly programId: string;
}

/** Takes one event from anywhere: checks it, stores it, and waits for its decision when asked to. */
export async function recordEvent(
  services: Services,
  sender: EventSender,
  input: unknown,
): Promise<RecordAnswer> {
  const { event, wait_ms } = parseRecord(input);
  const options = await rowOptions(services, sender, wait_ms > 0);
  const row = rowOf(event, options);
  await checkTakes(services, options, row);
  return await store(services, sender, row, wait_ms);
}

/** Stores an event, and waits for its decision when asked to. */
async function store(
  { intake, waiters }: Services,
  { principal, programId }: EventSender,
  row: EventRow,
  wait_ms: number,
): Promise<RecordAnswer> {
  const answer = await intake.record(row);
  const isAwaited = answer.outcome === null && wait_ms > 0;
  const outcome = isAwaited ? await waiters.wait(programId, answer.eventId, wait_ms) : answer.outcome;
  return outcome === null
    ? answer
    : { ...answer, status: 'decided', outcome: outcomeView(outcome, principal) };
}

/**
 * Takes many events, each on its own: one that is refused does not hold up the others. Waits for their
 * decisions when asked to, for all of them at once. Results in their order.
 */
export async function recordEvents(
  services: Services,
  sender: EventSender,
  { events, wait_ms = 0 }: { readonly events: readonly unknown[]; readonly wait_ms?: number },
): Promise<BatchItem[]> {
  const options = await rowOptions(services, sender, wait_ms > 0);
  const items: Promise<BatchItem>[] = [];
  const breathing = createBreathing();
  for (const event of events) {
    const item = recordItem(services, event, options, (row) => store(services, sender, row, wait_ms));
    // It may fail in a pause, before anybody waits for it.
    item.catch(() => undefined);
    items.push(item);
    const pause = breathing.pause();
    if (pause !== null) await pause;
  }
  return await Promise.all(items);
}

async function recordItem(
  services: Services,
  input: unknown,
  options: IntakeOptions,
  take: (row: EventRow) => Promise<RecordAnswer>,
): Promise<BatchItem> {
  try {
    const row: EventRow = rowOf(parseEvent(input), options);
    await checkTakes(services, options, row);
    return { ok: true, key: row.key, ...(await take(row)) };
  } catch (error) {
    const refusal = classify(error);
    // What is no fault of the item is no fault of the batch either: the caller sends it again.
    if (refusal.code === 'internal' || refusal.code === 'database_unavailable') throw error;
    services.metrics.refusals.inc({ code: refusal.code, procedure: 'events.recordBatch' });
    const details = refusal.issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
    return {
      ok: false,
      key: keyOf(input),
      code: refusal.code,
      message: details === '' ? refusal.message : `${refusal.message} ${details}`,
    };
  }
}

function keyOf(input: unknown): string | null {
  const key = input !== null && typeof input === 'object' && 'key' in input ? input.key : null;
  return typeof key === 'string' ? key.slice(0, 255) : null;
}

interface IntakeOptions extends RowOptions {
  readonly status: ProgramStatus;
}

/**
 * Throws `program_not_live` for what the program does not take: a draft takes nothing, one that has ended no
 * signups. The repeat of a signup that came in time is answered as before.
 */
async function checkTakes(services: Services, { status }: IntakeOptions, row: EventRow): Promise<void> {
  if (status === 'draft') throw fail('program_not_live', 'This program has not started and takes no events.');
  if (status !== 'ended' || row.type !== 'signup') return;
  const where = { programId: row.program_id, key: row.key };
  if ((await services.db.event.findFirst({ where, select: { id: true } })) === null) {
    throw fail('program_not_live', 'This program has ended and takes no more signups.');
  }
}

async function rowOptions(
  services: Services,
  { principal, programId }: EventSender,
  awaited: boolean,
): Promise<IntakeOptions> {
  const program = await services.programs.get(programId);
  if (program === null) throw notFound('program');
  const { settings } = services;
  const now_ms = services.now();
  return {
    programId,
    status: statusNow(program, now_ms),
    now_ms,
    mayImport: allows(principal, 'events:import'),
    hashSecret: settings.hashSecret,
    awaited,
  };
}
