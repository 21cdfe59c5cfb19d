import { expectRedemption, type RedemptionStatus } from '../../domain/redemptions/redemption.ts';
import type { CommandType } from '../../engine/events/commands.ts';
import { redemptionWorkflow } from '../../engine/events/workflow-ids.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { type Operator, sendCommand } from '../trpc/commands.ts';

/** Which redemption, why, and how long the caller waits for the decision, in milliseconds. */
interface RedemptionWord {
  readonly id: string;
  readonly note?: string | undefined;
  readonly wait_ms: number;
}

/**
 * Sends an operator's word to a redemption that is in the expected stage. Throws `not_found`,
 * `redemption_ended` or `stage_forbids`.
 */
export async function commandRedemption(
  operator: Operator,
  type: CommandType,
  expected: RedemptionStatus,
  { id: redemptionId, note, wait_ms }: RedemptionWord,
  more: Readonly<Record<string, string | null>>,
) {
  const row = await operator.tx.redemption.findUnique({
    where: { programId_id: { programId: operator.programId, id: redemptionId } },
    select: { status: true },
  });
  if (row === null) throw notFound('redemption');
  unwrap(expectRedemption(row.status, expected));
  const workflowId = redemptionWorkflow(redemptionId);
  const detail = { note: note ?? null, ...more };
  const answer = await sendCommand(operator, { type, workflowId, subject: redemptionId, detail, wait_ms });
  return { redemptionId, ...answer };
}
