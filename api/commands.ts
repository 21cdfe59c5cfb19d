import { canonicalJson, sha256 } from '../platform/hash.ts';
import { newId } from '../platform/ids.ts';
import type { Tx } from '../prisma/client.ts';

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

/** Records who did what, in the same transaction as what was done. */
export async function audit(
  tx: Tx,
  entry: {
    readonly programId: string | null;
    readonly actor: string;
    readonly action: string;
    readonly subject: string;
    readonly detail?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
  },
): Promise<void> {
  await tx.auditEntry.create({
    data: {
      ...entry,
      detail: Object.fromEntries(
        Object.entries(entry.detail ?? {}).map(([name, item]) => [name, toJson(item)]),
      ),
    },
    select: { id: true },
  });
}

function toJson(item: string | number | boolean | null | readonly string[]) {
  return typeof item === 'object' && item !== null ? [...item] : item;
}
