import { canonicalJson, sha256 } from '../../platform/hash.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';

/** Host keys may not begin so: these are our own events'. */
export const COMMAND_KEY_PREFIX = 'command:';

export type CommandType =
  | 'invitation.issued'
  | 'review.approved'
  | 'review.rejected'
  | 'redemption.requested'
  | 'redemption.approved'
  | 'redemption.rejected'
  | 'redemption.paid'
  | 'redemption.failed'
  | 'survey.answered'
  | 'survey.cancelled';

export interface Command {
  readonly programId: string;
  readonly type: CommandType;
  readonly workflowId: string;
  readonly payload: Readonly<Record<string, string | null>>;
  readonly value?: { readonly minor: bigint; readonly unit: string };
  readonly now: Date;
  /** Whether the caller may wait for the decision. */
  readonly awaited?: boolean;
}

/** Stores a command for its workflow in the caller's transaction and wakes the pump at commit. Returns the event's id. */
export async function insertCommand(tx: Tx, command: Command): Promise<string> {
  const id = newId(command.now.getTime());
  await tx.event.create({
    data: {
      programId: command.programId,
      id,
      key: `${COMMAND_KEY_PREFIX}${id}`,
      requestHash: sha256(canonicalJson([command.type, command.workflowId, command.payload])),
      type: command.type,
      payload: command.payload,
      valueMinor: command.value?.minor ?? null,
      unit: command.value?.unit ?? null,
      occurredAt: command.now,
      receivedAt: command.now,
      workflowId: command.workflowId,
      awaited: command.awaited ?? false,
    },
    select: { id: true },
  });
  await tx.$executeRaw`SELECT pg_notify('events', '')`;
  return id;
}

/**
 * Stores a command whose key says that there is one of it, whatever is repeated. Gives its id and type, or those of the one that is
 * on record under the key.
 */
export async function insertCommandOnce(
  tx: Tx,
  { key, ...command }: Omit<Command, 'value' | 'awaited'> & { readonly key: string },
): Promise<{ readonly isNew: boolean; readonly type: string }> {
  const { programId, type, workflowId, payload, now } = command;
  const fullKey = `${COMMAND_KEY_PREFIX}${key}`;
  const data = {
    programId,
    id: newId(now.getTime()),
    key: fullKey,
    requestHash: sha256(canonicalJson([type, workflowId, payload])),
    type,
    payload,
    occurredAt: now,
    receivedAt: now,
    workflowId,
  };
  const { count } = await tx.event.createMany({ data: [data], skipDuplicates: true });
  if (count === 1) await tx.$executeRaw`SELECT pg_notify('events', '')`;
  const stored = await tx.event.findUniqueOrThrow({
    where: { programId_key: { programId, key: fullKey } },
    select: { type: true },
  });
  return { isNew: count === 1, type: stored.type };
}
