import { builtinPolicy } from '../../domain/builtin-policy.ts';
import type { Policy } from '../../domain/policy.ts';
import { policyToJson } from '../../domain/policy-json.ts';
import { setBudget } from '../../ledger/post.ts';
import { nameId, newId } from '../../platform/ids.ts';
import type { Database, Tx } from '../../prisma/client.ts';

/** The seed's policy, with what a test wants otherwise. */
export function testPolicy(changes: Partial<Policy> = {}): Policy {
  return { ...builtinPolicy('USD'), ...changes };
}

/** A policy that pays the referrer a fixed amount for each qualified referral. */
export function fixedPolicy(minor: bigint, hold_days: number, changes: Partial<Policy> = {}): Policy {
  return testPolicy({
    rules: [
      {
        id: 'thanks',
        recipient: 'referrer',
        trigger: { on: 'qualified' },
        benefit: { kind: 'fixed', amount: { minor, unit: 'USD' } },
        hold_days,
        expires_days: null,
        cap: null,
        condition: null,
      },
    ],
    ...changes,
  });
}

/** A live program with one policy version. Gives its id. */
export async function seedProgram(db: Database, policy: Policy = testPolicy()): Promise<string> {
  const id = newId();
  await db.program.create({
    data: { id, slug: `p-${id}`, name: 'Test', allowedHosts: ['example.com'], defaultDestination: 'https://example.com/' },
  });
  await publishPolicy(db, id, policy, 1);
  return id;
}

export async function publishPolicy(db: Database, programId: string, policy: Policy, version: number): Promise<void> {
  await db.policyVersion.create({ data: { programId, version, body: policyToJson(policy) as object } });
  if (policy.budget !== null) {
    const { unit, minor } = policy.budget;
    await db.$transaction((tx: Tx) => setBudget(tx, programId, unit, minor));
  }
}

/** A member with a shared link whose code is the referral code. */
export async function seedMember(db: Database, programId: string, externalId: string, email?: string) {
  const id = nameId('member', programId, externalId);
  const code = `c${id.replaceAll('-', '').slice(0, 12)}`;
  await db.member.create({
    data: { programId, id, externalId, referralCode: code, email: email ?? null, emailKey: email ?? null },
  });
  const linkId = nameId('link', programId, id);
  await db.link.create({ data: { programId, id: linkId, memberId: id, code } });
  return { id, code, linkId };
}

export interface EventSeed {
  readonly type: string;
  readonly subject?: string;
  readonly key?: string;
  readonly value?: { readonly minor: bigint; readonly unit: string };
  readonly refundOf?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly at?: Date;
  readonly workflowId?: string;
}

/** An event as the API would store it. Gives its id and key. */
export async function seedEvent(db: Database, programId: string, event: EventSeed): Promise<{ id: string; key: string }> {
  const id = newId();
  const key = event.key ?? id;
  const signup = event.type === 'signup' ? `referral-${referralIdOf(programId, event.subject ?? '')}` : null;
  await db.event.create({
    data: {
      programId,
      id,
      key,
      requestHash: key,
      type: event.type,
      subject: event.subject ?? null,
      refundOf: event.refundOf ?? null,
      valueMinor: event.value?.minor ?? null,
      unit: event.value?.unit ?? null,
      payload: (event.payload ?? {}) as object,
      occurredAt: event.at ?? new Date(),
      workflowId: event.workflowId ?? signup,
    },
  });
  return { id, key };
}

/** The id of the referral that a shared link's signup begins. */
export const referralIdOf = (programId: string, subject: string) => nameId('referral', programId, subject);
