import { expectRedemption, type RedemptionStatus } from '../../domain/redemptions/redemption.ts';
import type { CommandType } from '../../engine/events/commands.ts';
import { redemptionWorkflow } from '../../engine/events/workflow-ids.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { type Operator, sendCommand } from '../trpc/commands.ts';

/**
 * Sends an operator's word to a redemption that is in the expected stage. Throws `not_found`,
 * `redemption_ended` or `stage_forbids`.
 */
export async function commandRedemption(
  operator: Operator,
  type: CommandType,
  expected: RedemptionStatus,
  redemptionId: string,
  detail: Readonly<Record<string, string | null>>,
) {
  const row = await operator.tx.redemption.findUnique({
    where: { programId_id: { programId: operator.programId, id: redemptionId } },
    select: { status: true },
  });
  if (row === null) throw notFound('redemption');
  unwrap(expectRedemption(row.status, expected));
  const workflowId = redemptionWorkflow(redemptionId);
  const answer = await sendCommand(operator, { type, workflowId, subject: redemptionId, detail });
  return { redemptionId, ...answer };
}
