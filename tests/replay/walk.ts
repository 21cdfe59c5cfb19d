import type { WorkflowHandle } from '@temporalio/client';
import type { TestDatabase } from '../support/database.ts';
import type { TestEngine } from '../support/engine.ts';
import { handOver, store } from '../support/hand-over.ts';
import { type ProgramPlay, playProgram } from '../support/play.ts';
import {
  type EventSeed,
  referralIdOf,
  type SeededMember,
  testPolicy,
  testRule,
  usd,
} from '../support/seed.ts';

/** A run whose history is kept. */
export interface Run {
  readonly workflowId: string;
  readonly runId?: string;
}

/** Where a path is walked: a program of its own in which Ann may refer Bob. */
export interface Walk {
  readonly engine: TestEngine;
  readonly program: ProgramPlay;
  readonly ann: SeededMember;
  readonly start_ms: number;
  keep(event: EventSeed): Promise<{ eventId: string; type: string; key: string }>;
  give(workflowId: string, ...events: readonly { eventId: string; type: string }[]): Promise<WorkflowHandle>;
}

/** What Ann and Bob live by. */
export const policy = testPolicy({
  rules: [testRule({ benefit: { kind: 'fixed', amount: usd(1_000n) }, hold_days: 30 })],
  refund_days: 45,
  redemption: {
    min: usd(100n),
    auto_approve_max: usd(500n),
    approval_days: 14,
    methods: ['manual', 'account_credit'],
  },
});

/** Opens a program with Ann in it, whose rewards are held so many days. */
export async function startWalk(engine: TestEngine, database: TestDatabase, hold_days = 30): Promise<Walk> {
  const rules = policy.rules.map((rule) => ({ ...rule, hold_days }));
  const program = await playProgram(database, engine.activities, { ...policy, rules });
  const start_ms = await engine.env.currentTimeMs();
  const at = new Date(start_ms);
  return {
    engine,
    program,
    ann: await program.member('ann'),
    start_ms,
    keep: (event) =>
      store(database.db, program.id, {
        ...(event.type.includes('.') ? {} : { subject: 'bob' }),
        at,
        ...event,
      }),
    give: (workflowId, ...events) =>
      handOver(
        engine,
        program.id,
        workflowId,
        events.map(({ eventId, type }) => ({ eventId, type })),
      ),
  };
}

/** The workflow of Bob's referral. */
export const bobs = ({ program }: Walk) => `referral-${referralIdOf(program.id, 'bob')}`;

/** Bob's signup, by Ann's code unless `payload` says otherwise. */
export const signUp = (walk: Walk, payload: object = {}) =>
  walk.keep({ type: 'signup', payload: { code: walk.ann.code, ...payload } });

/** A workflow, once it has ended. */
export async function ended(handle: WorkflowHandle): Promise<Run> {
  await handle.result().catch(() => undefined);
  return handle;
}
