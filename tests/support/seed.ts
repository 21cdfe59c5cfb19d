import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WebhookSettings } from '../../activities/deps.ts';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { engages } from '../../domain/policies/engagement.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import type { BadgeSettings } from '../../engine/badges/keys.ts';
import type { PayoutSettings } from '../../engine/payouts/providers/provider.ts';
import type { PrivacySettings } from '../../engine/privacy/steps/step.ts';
import { setBudget } from '../../ledger/post.ts';
import { nameId, newId } from '../../platform/ids.ts';
import type { Database, Tx } from '../../prisma/client.ts';

/** What badges are made with in tests, in the API as in activities. */
export const TEST_BADGES: BadgeSettings = {
  publicUrl: 'http://localhost:3000',
  issuerForm: 'url',
  ring: ['a badge secret for tests only'],
};

/** How providers are reached in tests; a test that has an endpoint or a Stripe of its own changes it. */
export const TEST_PAYOUTS: PayoutSettings = {
  ring: TEST_BADGES.ring,
  allowInternal: true,
  timeout_ms: 500,
  stripe: null,
  stripeBase: null,
};

export const TEST_WEBHOOKS: WebhookSettings = {
  ring: TEST_BADGES.ring,
  allowInternal: true,
  // A receiver in the same process may be slow to answer sixteen calls beside two other files.
  timeout_ms: 3_000,
  log_days: 30,
};

/** What erasures work with in tests; their list is a file of the process. */
export const TEST_PRIVACY: PrivacySettings = {
  hashSecret: 'a secret for tests only',
  ring: TEST_BADGES.ring,
  listFile: path.join(tmpdir(), `erasures-${process.pid}.ndjson`),
  dataDir: path.join(tmpdir(), `erasures-${process.pid}`),
  months: { clicks: null, notices: null, messages: null, events: null },
};

/** Signs links in tests. */
export const TEST_LINK_SECRET = 'a link secret for tests only';

/** The seed's policy, with what a test wants otherwise. */
export function testPolicy(changes: Partial<Policy> = {}): Policy {
  return { ...builtinPolicy('USD'), ...changes };
}

/** A policy that pays the referrer a fixed amount for each qualified referral. */
export function fixedPolicy(minor: bigint, hold_days: number, changes: Partial<Policy> = {}): Policy {
  return testPolicy({
    rules: [testRule({ benefit: { kind: 'fixed', amount: usd(minor) }, hold_days })],
    ...changes,
  });
}

/** A live program with one policy version. Gives its id. */
export async function seedProgram(
  db: Database,
  policy: Policy = testPolicy(),
  publishedAt?: Date,
): Promise<string> {
  const id = newId();
  await db.program.create({
    data: {
      id,
      slug: `p-${id}`,
      name: 'Test',
      allowedHosts: ['example.com'],
      defaultDestination: 'https://example.com/',
    },
  });
  await publishPolicy(db, id, policy, 1, publishedAt);
  return id;
}

export async function publishPolicy(
  db: Database,
  programId: string,
  policy: Policy,
  version: number,
  publishedAt: Date = new Date(),
): Promise<void> {
  const body = policyToJson(policy) as object;
  await db.policyVersion.create({ data: { programId, version, body, publishedAt } });
  await db.program.update({ where: { id: programId }, data: { engages: engages(policy) } });
  if (policy.budget !== null) {
    const { unit, minor } = policy.budget;
    await db.$transaction((tx: Tx) => setBudget(tx, programId, unit, minor));
  }
}

export interface SeededMember {
  readonly id: string;
  readonly code: string;
  readonly linkId: string;
}

/** A member with a shared link whose code is the referral code. */
export async function seedMember(
  db: Database | Tx,
  programId: string,
  externalId: string,
  email?: string,
): Promise<SeededMember> {
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
  /** When a pump looks at it; left out: at once. */
  readonly due?: Date;
  /** When it was received, which its id tells; left out: now. */
  readonly received?: Date;
}

/** Takes the key of an event that a test then stores by itself. */
export async function takeKey(
  db: Database,
  { programId, key, id }: { readonly programId: string; readonly key: string; readonly id: string },
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO event_keys (program_id, key_hash, event_id)
    VALUES (${programId}::uuid, event_key_hash(${key}), ${id}::uuid)`;
}

/** An event as the API would store it. Gives its id and key. */
export async function seedEvent(
  db: Database,
  programId: string,
  event: EventSeed,
): Promise<{ id: string; key: string }> {
  const id = newId(event.received?.getTime());
  const key = event.key ?? id;
  const signup = event.type === 'signup' ? `referral-${referralIdOf(programId, event.subject ?? '')}` : null;
  await takeKey(db, { programId, key, id });
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
      ...(event.due === undefined ? {} : { dueAt: event.due }),
      ...(event.received === undefined ? {} : { receivedAt: event.received }),
    },
  });
  return { id, key };
}

/** The id of the referral that a shared link's signup begins. */
export const referralIdOf = (programId: string, subject: string) => nameId('referral', programId, subject);

/** USD, in cents. */
export const usd = (minor: bigint) => ({ minor, unit: 'USD' });

/** A rule that pays the referrer 100 cents at once on qualifying, with what a test wants otherwise. */
export function testRule(changes: Partial<Rule> = {}): Rule {
  return {
    id: 'thanks',
    recipient: 'referrer',
    trigger: { on: 'qualified' },
    benefit: { kind: 'fixed', amount: usd(100n) },
    hold_days: 0,
    expires_days: null,
    cap: null,
    condition: null,
    ...changes,
  };
}

/** A rule that rewards the referrer once, for the `count`th qualified referral. */
export const milestoneRule = (id: string, count: number, benefit: Rule['benefit']): Rule =>
  testRule({ id, trigger: { on: 'milestone', count }, benefit });

/** A redemption that a member has asked for, and the event that asks for it, as the API would store them. */
export async function seedRedemption(
  db: Database,
  programId: string,
  memberId: string,
  {
    minor,
    method = 'account_credit',
    ...more
  }: {
    readonly minor: bigint;
    readonly method?: string;
    readonly unit?: string;
    readonly itemId?: string;
    readonly feeMinor?: bigint;
    readonly valueMinor?: bigint;
    readonly valueUnit?: string;
    readonly destination?: Readonly<Record<string, string>>;
  },
): Promise<{ readonly id: string; readonly eventId: string }> {
  const id = newId();
  await db.redemption.create({
    data: { programId, id, memberId, unit: 'USD', amountMinor: minor, method, status: 'requested', ...more },
  });
  const event = await seedEvent(db, programId, {
    type: 'redemption.requested',
    workflowId: `redemption-${id}`,
  });
  return { id, eventId: event.id };
}
