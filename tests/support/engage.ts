import { type OutboxMessage, tell } from '../../engine/events/outbox.ts';
import { grantToMember, type MemberGrant } from '../../engine/rewards/grant.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { newId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import { T0_MS } from './play.ts';
import { usd } from './seed.ts';

/** Makes a program hand its members' workflows what is told of them, whatever its policy says. */
export async function engageProgram(db: Database, programId: string): Promise<void> {
  await db.program.update({ where: { id: programId }, data: { engages: true } });
}

/** Tells a member something that none of the member's rules answers to. */
export async function tellMember(db: Database, programId: string, memberId: string, key: string) {
  const surveyId = newId();
  const message: OutboxMessage = {
    key,
    subject: `survey:${surveyId}`,
    members: [memberId],
    type: 'survey.answered',
    payload: { surveyId, memberId, ruleId: 'nps' },
  };
  await inTransaction({ db, countDecision: () => undefined }, (tx) => tell(tx, programId, [message]));
}

/** Grants a member 500 cents, or what `grant` says. */
export function grantTo(
  db: Database,
  grant: Pick<MemberGrant, 'programId' | 'memberId' | 'key'> & Partial<MemberGrant>,
) {
  return inTransaction({ db, countDecision: () => undefined }, (tx) =>
    grantToMember(tx, {
      source: 'operator',
      ruleId: 'thanks',
      policyVersion: 1,
      benefit: { kind: 'fixed', amount: usd(500n) },
      hold_days: 0,
      expires_days: null,
      occurred_at_ms: T0_MS,
      now_ms: T0_MS,
      trace: {},
      ...grant,
    }),
  );
}
