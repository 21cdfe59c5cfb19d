import { showsNumber } from '../../domain/payouts/shown-number.ts';
import { insertCommandOnce } from '../../engine/events/commands.ts';
import { redemptionWorkflow } from '../../engine/events/workflow-ids.ts';
import { payoutAmount } from '../../engine/payouts/amount.ts';
import { UUID_PATTERN } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Redemption } from '../../prisma/generated/client.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import { fail } from '../http/errors.ts';
import { type CsvColumns, type CsvLine, readCsv } from './csv.ts';

export const CSV_LENGTH_MAX = 900_000;
/** Lines of one batch, empty ones aside. */
export const BATCH_LINES_MAX = 1_000;
const ERRORS_SHOWN_MAX = 200;
const COLUMNS = {
  needed: ['redemption_id', 'outcome'],
  optional: ['reference', 'amount_minor', 'unit'],
} as const satisfies CsvColumns;

/** Why a line may not be taken. */
export const LINE_ERRORS = [
  'not_found',
  'input_invalid',
  'conflict',
  'redemption_ended',
  'already_resolved',
] as const satisfies readonly ErrorCode[];

interface Wrong {
  readonly code: (typeof LINE_ERRORS)[number];
  readonly message: string;
}

export interface LineError extends Wrong {
  /** The file's own line; 1 is its first, the header. */
  readonly line: number;
  readonly redemptionId: string | null;
}

export interface ImportResult {
  /** Lines that this import handed to their redemption. */
  readonly taken: number;
  /** Lines without an outcome, or with the one on record already. */
  readonly unchanged: number;
  readonly failed: number;
  /** The first 200. */
  readonly errors: readonly LineError[];
}

interface ImportRef {
  readonly programId: string;
  readonly batchId: string;
  readonly actor: string;
  readonly now: Date;
}

type Line = CsvLine['cells'];
type Verdict = 'taken' | 'unchanged' | Wrong;

/**
 * Takes the results of a batch: each good line becomes one command to its redemption's workflow, once,
 * however often the file is imported. The errors of the other lines are listed one by one. Throws
 * `input_invalid` when the file is not a CSV with the right columns.
 */
export async function importResults(tx: Tx, ref: ImportRef, csv: string): Promise<ImportResult> {
  const lines = readLines(csv);
  const ids = lines.map(({ cells }) => idOf(cells)).filter((id) => id !== null);
  const rows = await tx.redemption.findMany({
    where: { programId: ref.programId, batchId: ref.batchId, id: { in: ids } },
  });
  const rowsById = new Map(rows.map((row) => [row.id, row]));
  const result = { taken: 0, unchanged: 0, failed: 0, errors: [] as LineError[] };
  const idsSoFar = new Set<string>();
  for (const { number, cells } of lines) {
    const id = idOf(cells);
    const verdict = await takeLine(tx, ref, cells, id === null ? undefined : rowsById.get(id), idsSoFar);
    if (typeof verdict === 'string') result[verdict] += 1;
    else {
      result.failed += 1;
      if (result.errors.length < ERRORS_SHOWN_MAX) {
        result.errors.push({ line: number, redemptionId: id, ...verdict });
      }
    }
  }
  return result;
}

function readLines(csv: string): readonly CsvLine[] {
  const read = readCsv(csv, COLUMNS);
  if (!read.ok) throw badFile(read.reason);
  if (read.lines.length > BATCH_LINES_MAX) throw badFile(`has at most ${BATCH_LINES_MAX} lines`);
  return read.lines;
}

const badFile = (message: string) =>
  fail('input_invalid', `The file ${message}.`, [{ path: 'csv', message }]);

function idOf(line: Line): string | null {
  const id = (line['redemption_id'] ?? '').toLowerCase();
  return UUID_PATTERN.test(id) ? id : null;
}

const COMMANDS = { paid: 'redemption.paid', failed: 'redemption.failed' } as const;
const ENDS = { paid: 'settled', failed: 'released' } as const;

async function takeLine(
  tx: Tx,
  ref: ImportRef,
  line: Line,
  row: Redemption | undefined,
  idsSoFar: Set<string>,
): Promise<Verdict> {
  const outcome = (line['outcome'] ?? '').toLowerCase();
  if (row === undefined) return { code: 'not_found', message: 'No redemption of this batch has that id.' };
  if (outcome === '') return 'unchanged';
  const problem = problemOf(line, row, outcome);
  if (problem !== null) return { code: 'input_invalid', message: problem };
  if (idsSoFar.has(row.id)) return { code: 'conflict', message: 'The file has this redemption twice.' };
  idsSoFar.add(row.id);
  const verb = outcome as 'paid' | 'failed';
  if (row.status === ENDS[verb]) return 'unchanged';
  if (row.status !== 'needs_operator') {
    return { code: 'redemption_ended', message: `The redemption is ${row.status.replaceAll('_', ' ')}.` };
  }
  const command = await insertCommandOnce(tx, {
    programId: ref.programId,
    type: COMMANDS[verb],
    key: `payout:${row.id}`,
    workflowId: redemptionWorkflow(row.id),
    payload: { actor: ref.actor, note: null, batchId: ref.batchId, providerRef: line['reference'] || null },
    now: ref.now,
  });
  if (command.isNew) return 'taken';
  if (command.type === COMMANDS[verb]) return 'unchanged';
  return { code: 'already_resolved', message: 'Another outcome of this redemption was imported before.' };
}

/**
 * The error of a line, as a sentence; null: none. An amount other than the one asked for was paid by mistake,
 * or not at all.
 */
function problemOf(line: Line, row: Redemption, outcome: string): string | null {
  if (outcome !== 'paid' && outcome !== 'failed') return 'The outcome is paid, failed, or empty.';
  if (!/^[^\p{Cc}]{0,255}$/u.test(line['reference'] ?? '')) {
    return 'The reference is up to 255 characters in one line.';
  }
  const payout = payoutAmount(row);
  const { amount_minor: amount = payout.minor.toString(), unit = payout.unit } = line;
  if (!showsNumber(amount, payout.minor) || unit !== payout.unit) {
    return 'The amount is not the one that was to be paid.';
  }
  return null;
}
