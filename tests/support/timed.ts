import fc from 'fast-check';
import type { Policy } from '../../domain/policies/policy.ts';
import { mayQualify } from '../../domain/referrals/referral.ts';
import type { Arrival } from './histories.ts';
import { at, type ProgramPlay } from './play.ts';
import { testPolicy, testRule, usd } from './seed.ts';

/** Of one that is too late, as long as nothing has ended its referral. */
const TOO_LATE: ReadonlySet<string> = new Set(['referral_ended', 'outside_qualification_window']);

/** Everything comes on one day. */
export const LATE_NOW_MS = at(80).getTime();

interface LateBuy {
  readonly act: string;
  readonly day: number;
  readonly minor?: bigint;
}

interface LateRefund {
  readonly refund: string;
  readonly of: string;
  readonly day: number;
  readonly minor?: bigint;
}

/** What a referred member does, by its own day. */
export type TimedStep = LateBuy | LateRefund;

/** Rules for what qualifies, each purchase, and the second and third; that for each holds as asked. */
export const timedPolicy = ({
  hold_days = 0,
  ...changes
}: Partial<Policy> & { readonly hold_days?: number } = {}) =>
  testPolicy({
    qualification: { event: 'purchase', min_value: usd(2_000n), within_days: 30, condition: null },
    refund_days: 10,
    rules: [
      testRule({ id: 'thanks', benefit: { kind: 'fixed', amount: usd(1_000n) }, hold_days: 3 }),
      testRule({
        id: 'share',
        trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
        benefit: { kind: 'percentage', rate_bp: 500, cap: null },
        hold_days,
      }),
      testRule({
        id: 'second-and-third',
        trigger: { on: 'nth_event', event: 'purchase', from: 2, to: 3 },
        benefit: { kind: 'fixed', amount: usd(77n) },
      }),
    ],
    ...changes,
  });

/** The key of a step's event, which is of one program. */
export const timedKey = (program: ProgramPlay, key: string) => `${program.id}:${key}`;

/** Takes a step, and whatever it makes due again. */
export async function takeTimed(program: ProgramPlay, step: TimedStep) {
  const isAct = 'act' in step;
  const key = timedKey(program, isAct ? step.act : step.refund);
  const value = step.minor === undefined ? {} : { value: usd(step.minor) };
  const play = {
    key,
    at: at(step.day),
    now_ms: LATE_NOW_MS,
    ...(isAct ? { value: usd(5_000n) } : {}),
    ...value,
  };
  const decided = isAct
    ? await program.act('bob', play)
    : await program.refund('bob', timedKey(program, step.of), play);
  await settle(program);
  return decided;
}

/** Decides what is made due again, as the pump would hand it over. */
async function settle(program: ProgramPlay): Promise<void> {
  for (;;) {
    const where = {
      programId: program.id,
      state: { in: ['pending' as const, 'waiting' as const] },
      type: { in: ['purchase', 'refund', 'referral.recount.due'] },
    };
    const event = await program.db.event.findFirst({ where, orderBy: [{ type: 'asc' }, { seq: 'asc' }] });
    if (event === null) return;
    await program.again(event, 'bob', LATE_NOW_MS);
  }
}

/** How all ends: what must be the same in whatever order it came. */
export async function timedStanding({ db, id, ...program }: ProgramPlay, memberId: string) {
  const referral = await db.referral.findFirstOrThrow({ where: { programId: id } });
  const member = await db.member.findFirstOrThrow({ where: { programId: id, id: memberId } });
  const events = await db.event.findMany({
    where: { programId: id, type: 'purchase' },
    orderBy: { key: 'asc' },
  });
  const nameOf = (key: string) => key.replace(timedKey({ id } as ProgramPlay, ''), '');
  const qualifying = events.find((event) => event.id === referral.qualifyingEventId);
  return {
    stage: referral.stage,
    ...(mayQualify(referral) ? {} : { qualifiedBy: nameOf(qualifying?.key ?? '') }),
    count: member.qualifiedReferrals,
    ended: events
      .filter(({ outcome }) => TOO_LATE.has((outcome as { code?: string }).code ?? ''))
      .map(({ key }) => nameOf(key)),
    balance: await program.balance(memberId),
    rewards: await program.netRewards(memberId),
  };
}

/** The steps as they may come: a refund after what it takes back, and all else as it falls. */
export const timedOrders = (steps: readonly TimedStep[]): Arrival<TimedStep>[] =>
  steps.map((step) => ({
    step,
    key: 'act' in step ? step.act : step.refund,
    after: 'act' in step ? null : step.of,
  }));

/** Up to 5 purchases, and refunds of some, each within the days that refunds have. */
export const timedLives = fc
  .uniqueArray(fc.integer({ min: 0, max: 55 }), { minLength: 2, maxLength: 5 })
  .chain((days) =>
    fc.tuple(
      ...days.map((day) =>
        fc.record({
          day: fc.constant(day),
          minor: fc.constantFrom(1_500n, 3_000n, 5_000n),
          refunds: fc.constantFrom('none', 'none', 'whole', 'part', 'parts', 'back'),
          after: fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })),
        }),
      ),
    ),
  )
  .map((all) =>
    all.flatMap(({ day, minor, refunds, after: [one, other] }): TimedStep[] => {
      const of = `o${day}`;
      const whole = { refund: `-${of}`, of, day: day + one };
      const part = { ...whole, minor: minor / 2n };
      const more = {
        none: [],
        whole: [whole],
        part: [part],
        parts: [part, { refund: `--${of}`, of, day: day + other, minor: minor / 3n }],
        back: [whole, { refund: `+${of}`, of: `-${of}`, day: day + other }],
      };
      return [{ act: of, day, minor }, ...more[refunds]];
    }),
  );

/** Policies that differ in all that ends a referral's time. */
export const timedPolicies = fc
  .record({
    hold_days: fc.constantFrom(0, 6, 15),
    refund_days: fc.constantFrom(5, 10),
    within_days: fc.constantFrom(7, 30),
    earning_days: fc.constantFrom(undefined, undefined, 40, null),
  })
  .map(({ within_days, earning_days, ...rest }) =>
    timedPolicy({
      ...rest,
      ...(earning_days === undefined ? {} : { earning_days }),
      qualification: { event: 'purchase', min_value: usd(2_000n), within_days, condition: null },
    }),
  );
