import type { z } from 'zod';
import { blockedRefusal } from '../../domain/members/block.ts';
import { insertCommand } from '../../engine/events/commands.ts';
import { redemptionWorkflow } from '../../engine/events/workflow-ids.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { findMemberToChange } from '../trpc/lookups.ts';
import { type requestInput, termsOfRequest } from './request.ts';
import type { RequestAnswer } from './schema.ts';

/** Who asks for a redemption, and when: an operator's key, or the member with a token. */
export interface RedemptionAsker {
  readonly programId: string;
  readonly actor: string;
  readonly isMember: boolean;
  readonly now_ms: number;
}

/**
 * Stores a redemption under the policy in force, and the command for its workflow. Throws `member_unknown`,
 * `not_found` before the first policy, and the refusals of `termsOfRequest`.
 */
export async function requestRedemption(
  tx: Tx,
  { programId, actor, isMember, now_ms }: RedemptionAsker,
  input: z.infer<typeof requestInput>,
): Promise<RequestAnswer> {
  const { id: memberId, blockedAt } = await findMemberToChange(tx, programId, input);
  if (blockedAt !== null) unwrap(blockedRefusal);
  const current = await policyInForce(tx, programId);
  if (current === null) throw notFound('policy');
  const asker = { programId, memberId, isMember, now_ms, policy: current.policy };
  const terms = await termsOfRequest(tx, asker, input);
  const now = new Date(now_ms);
  const redemptionId = newId(now_ms);
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
    payload: { redemptionId, memberId, actor },
    value: { minor: terms.amountMinor, unit: terms.unit },
    now,
    awaited: input.wait_ms > 0,
  });
  return { redemptionId, eventId, status: 'accepted', outcome: null };
}
