import type { Tx } from '../../prisma/client.ts';
import { insertCommandOnce } from '../events/commands.ts';
import { surveyWorkflow } from '../events/workflow-ids.ts';
import type { Merge } from '../members/merging.ts';

/**
 * Withdraws the surveys that the member who goes has not answered. They were moved before, so that what one
 * account was asked counts for both.
 */
export async function mergeSurveys(
  tx: Tx,
  { programId, goesId, commandId, saying, now_ms }: Merge,
): Promise<void> {
  const open = await tx.survey.findMany({
    where: {
      programId,
      key: { startsWith: `survey:${goesId}:` },
      status: { in: ['scheduled', 'asked', 'reminded'] },
    },
    select: { id: true },
  });
  for (const { id } of open) {
    await insertCommandOnce(tx, {
      programId,
      type: 'survey.cancelled',
      workflowId: surveyWorkflow(id),
      payload: saying,
      now: new Date(now_ms),
      key: `survey.cancelled:${id}:${commandId}`,
    });
  }
}
