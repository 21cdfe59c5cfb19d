import type { MemberCommand } from '../../domain/members/commands.ts';
import { erasedRefusal } from '../../domain/privacy/erasure.ts';
import { memberWorkflow } from '../../engine/events/workflow-ids.ts';
import type { MemberRow } from '../../engine/members/row.ts';
import { unwrap } from '../http/errors.ts';
import { type Operator, sendCommand } from '../trpc/commands.ts';
import { findMember } from '../trpc/lookups.ts';

/** Which member, why where that is free words, and how long the caller waits, in milliseconds. */
interface MemberWord {
  readonly id?: string | undefined;
  /** Any that is or was theirs, in place of ours. */
  readonly externalId?: string | undefined;
  readonly note?: string;
  readonly wait_ms: number;
}

/**
 * Sends an operator's word to a member's workflow. `check` throws where it is plain by now that it would be
 * refused. Throws `member_unknown`.
 */
export async function commandMember(
  operator: Operator,
  type: MemberCommand,
  { id: memberId, externalId, note, wait_ms }: MemberWord,
  more: Readonly<Record<string, string>>,
  check: (member: MemberRow) => unknown,
) {
  const member = await findMember(operator.tx, operator.programId, { memberId, externalId });
  const { id } = member;
  if (member.erasedAt !== null && type !== 'member.erased') unwrap(erasedRefusal);
  await check(member);
  const workflowId = memberWorkflow(id);
  const detail = { ...(note === undefined ? {} : { note }), ...more };
  const command = { type, workflowId, subject: `member:${id}`, detail, wait_ms };
  return { memberId: id, ...(await sendCommand(operator, command)) };
}
