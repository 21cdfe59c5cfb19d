import type { ProgramStatus } from '../../domain/programs/program.ts';
import { allows, type Principal } from '../auth/auth.ts';
import { statusNow } from '../cache/programs.ts';
import type { Services } from '../context.ts';
import { classify, fail, notFound } from '../http/errors.ts';
import { parseEvent, parseRecord } from './input.ts';
import { type RowOptions, rowOf } from './row.ts';
import type { BatchItem, RecordAnswer } from './schema.ts';
import type { EventRow } from './statement.ts';

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
  const answer = await services.intake.record(row);
  if (wait_ms === 0 || answer.status === 'decided') return answer;
  const outcome = await services.waiters.wait(sender.programId, answer.eventId, wait_ms);
  return outcome === null ? answer : { ...answer, status: 'decided', outcome };
}

/**
 * Takes many events, each on its own: one that is refused does not hold up the others. Results in their
 * order.
 */
export async function recordEvents(
  services: Services,
  sender: EventSender,
  inputs: readonly unknown[],
): Promise<BatchItem[]> {
  const options = await rowOptions(services, sender, false);
  return Promise.all(inputs.map((input) => recordItem(services, input, options)));
}

async function recordItem(services: Services, input: unknown, options: IntakeOptions): Promise<BatchItem> {
  try {
    const row: EventRow = rowOf(parseEvent(input), options);
    await checkTakes(services, options, row);
    return { ok: true, key: row.key, ...(await services.intake.record(row)) };
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
  const where = { programId_key: { programId: row.program_id, key: row.key } };
  if ((await services.db.event.findUnique({ where, select: { id: true } })) === null) {
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
