import { MEMBER_COMMANDS } from '../../domain/members/commands.ts';
import { REWARD_COMMANDS } from '../../domain/rewards/correction.ts';
import { newId } from '../../platform/ids.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { type CommandRow, storeCommands } from './store.ts';

/** The keys of commands begin so. */
export const COMMAND_KEY_PREFIX = 'command:';

/** Host keys may not begin so: these are our own events'. */
export const RESERVED_KEY_PREFIXES = [COMMAND_KEY_PREFIX, 'acted:', 'told:', 'erased:'] as const;

/** What people say by the API; these events go before bulk (`event_rank`). */
export const COMMAND_TYPES = [
  'invitation.issued',
  'review.approved',
  'review.rejected',
  'redemption.requested',
  'redemption.approved',
  'redemption.rejected',
  'redemption.cancelled',
  'redemption.paid',
  'redemption.failed',
  'survey.answered',
  'survey.cancelled',
  'referral.cancelled',
  'referral.attributed',
  'referral.moved',
  ...MEMBER_COMMANDS,
  ...REWARD_COMMANDS,
] as const;
export type CommandType = (typeof COMMAND_TYPES)[number];

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

/**
 * Stores a command for its workflow in the caller's transaction and wakes the pump at commit. Returns the
 * event's id.
 */
export async function insertCommand(tx: Tx, command: Command): Promise<string> {
  const id = newId(command.now.getTime());
  const { minor, unit } = command.value ?? {};
  const value = minor === undefined || unit === undefined ? {} : { valueMinor: minor, unit };
  await storeCommands(tx, [
    { ...rowOf(command, id, `${COMMAND_KEY_PREFIX}${id}`), ...value, awaited: command.awaited ?? false },
  ]);
  return id;
}

/**
 * Stores a command whose key says that there is one of it, whatever is repeated. Returns the type of the
 * command that is on record under the key, null where it is not kept any more, and whether it is new.
 */
export async function insertCommandOnce(
  tx: Tx,
  { key: name, ...command }: Omit<Command, 'value' | 'awaited'> & { readonly key: string },
): Promise<{ readonly isNew: boolean; readonly type: string | null }> {
  const { programId, type, now } = command;
  const key = `${COMMAND_KEY_PREFIX}${name}`;
  const count = await storeCommands(tx, [rowOf(command, newId(now.getTime()), key)]);
  if (count === 1) return { isNew: true, type };
  const row = await tx.event.findFirst({ where: { programId, key }, select: { type: true } });
  return { isNew: false, type: row?.type ?? null };
}

function rowOf({ programId, type, workflowId, payload, now }: Command, id: string, key: string): CommandRow {
  return { programId, id, key, type, workflowId, payload, occurredAt: now, receivedAt: now };
}

/** A reason for a workflow to look at what it is about, though nobody asks it to. */
export interface Call {
  readonly programId: string;
  readonly workflowId: string;
  readonly type: `${string}.due` | `${string}.overdue`;
  /** Once per program. */
  readonly key: string;
  readonly at: Date;
  readonly payload?: Readonly<Record<string, string>>;
}

/** Stores calls for workflows, each once, and wakes the pump. Returns how many are new. */
export async function callWorkflows(db: Database | Tx, calls: readonly Call[]): Promise<number> {
  return await storeCommands(
    db,
    calls.map(({ programId, workflowId, type, key: name, at, payload = {} }) => {
      const key = `${COMMAND_KEY_PREFIX}${name}`;
      return {
        programId,
        id: newId(),
        key,
        type,
        workflowId,
        payload,
        occurredAt: at,
      };
    }),
  );
}
