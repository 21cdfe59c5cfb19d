import { audit } from '../../engine/audit/record.ts';
import { type CommandType, insertCommand } from '../../engine/events/commands.ts';
import type { Tx } from '../../prisma/client.ts';

/** Who changes something, in which program, within which transaction: the context of every mutation. */
export interface Operator {
  readonly tx: Tx;
  readonly programId: string;
  readonly actor: string;
  readonly services: { now(): number };
}

/** An operator's word to a workflow. */
export interface OperatorCommand {
  readonly type: CommandType;
  readonly workflowId: string;
  /** The id of what the workflow decides about. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, string | null>>;
  /** How long the caller waits for the decision, in milliseconds; 0: not at all. */
  readonly wait_ms: number;
}

/**
 * Stores an operator's command for a workflow, and audits it. Returns what every such mutation answers: the
 * event's id, and that the command is accepted; its decision comes later, and `decidedMutation` puts it in.
 */
export async function sendCommand(
  { tx, programId, actor, services }: Operator,
  { type, workflowId, subject, detail, wait_ms }: OperatorCommand,
) {
  const now = new Date(services.now());
  const payload = { actor, ...detail };
  const command = { programId, type, workflowId, payload, now, awaited: wait_ms > 0 };
  const eventId = await insertCommand(tx, command);
  await audit(tx, { programId, actor, action: type, subject, detail: { ...detail, eventId } });
  return { eventId, status: 'accepted' as const, outcome: null };
}
