import type { z } from 'zod';
import { insertCommand } from '../../engine/events/commands.ts';
import { redemptionWorkflow } from '../../engine/events/workflow-ids.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import { notFound } from '../http/errors.ts';
import { findMember } from '../trpc/lookups.ts';
import { type requestInput, termsOfRequest } from './request.ts';
import type { RequestAnswer } from './schema.ts';

/**
 * Stores a redemption under the policy in force, and the command for its workflow. Throws `member_unknown`,
 * `not_found` before the first policy, and the refusals of `termsOfRequest`.
 */
export async function requestRedemption(
  tx: Tx,
  programId: string,
  input: z.infer<typeof requestInput>,
  now: Date,
): Promise<RequestAnswer> {
  const { id: memberId } = await findMember(tx, programId, input.memberId);
  const current = await policyInForce(tx, programId);
  if (current === null) throw notFound('policy');
  const asker = { programId, memberId, now_ms: now.getTime(), policy: current.policy.redemption };
  const terms = await termsOfRequest(tx, asker, input);
  const redemptionId = newId(now.getTime());
  await tx.redemption.create({
    data: {
      programId,
      id: redemptionId,
      memberId,
      ...terms,
      status: 'requested',
      createdAt: now,
      ...(input.destination === undefined ? {} : { destination: input.destination }),
    },
    select: { id: true },
  });
  const eventId = await insertCommand(tx, {
    programId,
    type: 'redemption.requested',
    workflowId: redemptionWorkflow(redemptionId),
    payload: { redemptionId, memberId },
    value: { minor: terms.amountMinor, unit: terms.unit },
    now,
    awaited: input.wait_ms > 0,
  });
  return { redemptionId, eventId, status: 'accepted', outcome: null };
}
