import { randomUUID } from 'node:crypto';
import type { EventInput } from '../../api/events/input.ts';
import type { RecordAnswer } from '../../api/events/schema.ts';
import type { PolicyInput } from '../../api/policies/schema.ts';
import type { RequestAnswer } from '../../api/redemptions/schema.ts';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { testRule, usd } from './seed.ts';
import { type Caller, createCaller } from './storm-client.ts';
import type { Storm } from './storm-stack.ts';

/** All that was sent for a program and acknowledged: what the engine must have kept, the model's input. */
export interface Sent {
  /** By key: the event's id as it was answered. */
  readonly events: Map<string, { readonly id: string; readonly input: EventInput }>;
  /** By key: the redemption's id, and what was asked for. */
  readonly redemptions: Map<
    string,
    { readonly id: string; readonly memberId: string; readonly minor: bigint }
  >;
}

export interface Referrer {
  readonly id: string;
  readonly externalId: string;
  readonly code: string;
}

export interface StormProgram extends Caller {
  readonly id: string;
  readonly policy: Policy;
  readonly sent: Sent;
  member(externalId: string): Promise<Referrer>;
  /** Sends one event until it is acknowledged. */
  event(input: EventInput, wait_ms?: number): Promise<RecordAnswer>;
  signup(subject: string, code: string, key?: string, wait_ms?: number): Promise<RecordAnswer>;
  purchase(subject: string, key?: string, wait_ms?: number): Promise<RecordAnswer>;
  /** Asks for a redemption until it is acknowledged. */
  redeem(memberId: string, minor: bigint, key: string, wait_ms?: number): Promise<RequestAnswer>;
}

const TRUSTING = { review_at: 1_000, deny_at: 1_000 };

/** The seed's policy with redemptions that need nobody, and no suspicion of a script's many signups. */
export function stormPolicy(changes: Partial<Policy> = {}): Policy {
  const base = builtinPolicy('USD');
  return {
    ...base,
    fraud: { ...base.fraud, ...TRUSTING, weights: {} },
    redemption: {
      min: { minor: 1n, unit: 'USD' },
      auto_approve_max: { minor: 1_000_000n, unit: 'USD' },
      approval_days: 14,
      methods: ['account_credit'],
    },
    ...changes,
  };
}

/** A fixed amount for each qualified referral, to be spent at once. */
export function fixedAtOnce(minor: bigint, changes: Partial<Policy> = {}): Policy {
  return stormPolicy({
    rules: [testRule({ benefit: { kind: 'fixed', amount: usd(minor) } })],
    ...changes,
  });
}

/** Makes a program through the API. */
export async function createProgram(storm: Storm, policy: Policy): Promise<StormProgram> {
  const platform = createCaller(storm, storm.platformKey);
  const made = await platform.call((client) =>
    client.programs.create.mutate({
      slug: `s-${randomUUID().slice(0, 8)}`,
      name: 'Storm',
      defaultDestination: 'https://example.com/',
      policy: policyToJson(policy) as unknown as PolicyInput,
    }),
  );
  const caller = createCaller(storm, made.apiKey ?? '');
  const sent: Sent = { events: new Map(), redemptions: new Map() };
  const event = async (input: EventInput, wait_ms = 0) => {
    const answer = await caller.call((client) => client.events.record.mutate({ ...input, wait_ms }));
    const earlier = sent.events.get(input.key);
    if (earlier !== undefined && earlier.id !== answer.eventId) {
      throw new Error(`${input.key} was ${earlier.id} and is now ${answer.eventId}`);
    }
    sent.events.set(input.key, { id: answer.eventId, input });
    return answer;
  };
  return {
    ...caller,
    id: made.program.id,
    policy,
    sent,
    event,
    async member(externalId) {
      const member = await caller.call((client) => client.members.upsert.mutate({ externalId }));
      return { id: member.id, externalId, code: member.referralCode };
    },
    signup: (subject, code, key = `signup ${subject}`, wait_ms = 0) =>
      event({ type: 'signup', key, subject, code, email: `${subject}@example.com` }, wait_ms),
    purchase: (subject, key = `purchase ${subject}`, wait_ms = 0) =>
      event({ type: 'purchase', key, subject, value: { minor: '2500', unit: 'USD' } }, wait_ms),
    async redeem(memberId, minor, key, wait_ms = 0) {
      const input = {
        memberId,
        amount: { minor: `${minor}`, unit: 'USD' },
        method: 'account_credit',
        wait_ms,
      };
      const answer = await caller.call((client) =>
        client.redemptions.request.mutate(input, { context: { idempotencyKey: key } }),
      );
      const earlier = sent.redemptions.get(key);
      if (earlier !== undefined && earlier.id !== answer.redemptionId) {
        throw new Error(`${key} was ${earlier.id} and is now ${answer.redemptionId}`);
      }
      sent.redemptions.set(key, { id: answer.redemptionId, memberId, minor });
      return answer;
    },
  };
}

/** Ann, who has been paid for bob: she has what one referral earns under the program's policy. */
export async function paidReferrer(program: StormProgram): Promise<Referrer> {
  const ann = await program.member('ann');
  await program.signup('bob', ann.code);
  await program.purchase('bob', 'purchase', 10_000);
  return ann;
}
