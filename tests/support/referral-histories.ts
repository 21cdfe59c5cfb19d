import fc from 'fast-check';
import type { Policy } from '../../domain/policies/policy.ts';
import { seedBoard } from './leaderboards.ts';
import { at, type ProgramPlay } from './play.ts';
import { testPolicy, testRule, usd } from './seed.ts';

const steps = [
  { count: 2, rate_bp: 1_000 },
  { count: 4, rate_bp: 2_000 },
];
const percent = (rate_bp: number) => ({ kind: 'percentage', rate_bp, cap: null }) as const;
const fixed = (minor: bigint) => ({ kind: 'fixed', amount: usd(minor) }) as const;
const purchases = (from: number, to: number | null) =>
  ({ on: 'nth_event', event: 'purchase', from, to }) as const;

/** Rules of every kind, with amounts that tell them apart in a sum. */
export const EVERY_RULE: Policy = testPolicy({
  qualification: { event: 'purchase', min_value: usd(2_000n), within_days: 30, condition: null },
  rules: [
    testRule({ id: 'welcome', recipient: 'referred', trigger: { on: 'signed_up' }, benefit: fixed(11n) }),
    testRule({ id: 'signup', trigger: { on: 'signed_up' }, benefit: fixed(13n), hold_days: 26 }),
    testRule({ id: 'both', recipient: 'referred', benefit: percent(200) }),
    testRule({ id: 'thanks', benefit: fixed(500n), hold_days: 30 }),
    testRule({ id: 'first', benefit: percent(300) }),
    testRule({ id: 'star', benefit: { kind: 'badge', label: 'star' } }),
    testRule({ id: 'share', trigger: purchases(1, null), benefit: percent(500), hold_days: 15 }),
    testRule({ id: 'second', trigger: purchases(2, 2), benefit: fixed(77n) }),
    testRule({ id: 'rate', benefit: { kind: 'milestone_rate', base: usd(100_000n), steps }, hold_days: 20 }),
    testRule({
      id: 'third',
      trigger: { on: 'milestone', count: 3 },
      benefit: fixed(1_000_000n),
      hold_days: 30,
    }),
  ],
});

/** Who may bring friends. The last one is blocked. */
const REFERRERS = ['ann', 'eve', 'fay'] as const;
type Referrer = (typeof REFERRERS)[number];

const FRIENDS = ['a', 'b', 'c', 'd'] as const;

/** When a friend’s purchases happened, in the order in which they come. */
const PURCHASE_DAYS = [5, 2, 9];
/** When all is told, and when everything is looked at: no hold is left by then. */
const TOLD = { at: at(24), now_ms: at(25).getTime() };
const END = at(80);

const turn = fc.record({
  friend: fc.constantFrom('a', 'a', 'a', 'b', 'b', 'c', 'd'),
  what: fc.constantFrom(
    ...(['buy', 'buy', 'to ann', 'to eve', 'to fay', 'cancel', 'mature'] as const),
    ...(['refund', 'refund', 'part of it', 'take a refund back'] as const),
  ),
  nth: fc.nat(2),
  minor: fc.constantFrom(1_999n, 2_000n, 3_333n, 5_000n),
});
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never;

/** What happens to four friends: purchases, refunds, their refunds, moves, cancellations, ends of holds. */
export const turns = fc.array(turn, { minLength: 3, maxLength: 18, size: 'max' });

/** What is true of a friend in the end. */
interface Facts {
  by: Referrer;
  isCancelled: boolean;
  readonly purchases: { readonly key: string; readonly minor: bigint; readonly day: number }[];
  readonly refunds: {
    readonly key: string;
    readonly of: string;
    readonly minor: bigint | null;
    isBack: boolean;
  }[];
}
export type FactsByFriend = ReadonlyMap<string, Facts>;

/** A program with the referrers and two boards. */
async function open(program: ProgramPlay) {
  const ids = new Map<string, { readonly id: string; readonly code: string }>();
  for (const name of REFERRERS) ids.set(name, await program.member(name));
  const fay = { programId_id: { programId: program.id, id: ids.get('fay')?.id ?? '' } };
  const blocked = { blockedAt: at(0), blockedReason: 'Several accounts.' };
  await program.db.member.update({ where: fay, data: blocked });
  await seedBoard(program.db, program.id, 'all_time');
  await seedBoard(program.db, program.id, 'month', 'revenue');
  return {
    keyOf: (key: string) => `${program.id}:${key}`,
    signUp: (friend: string, by: Referrer) => program.signUp(friend, { code: ids.get(by)?.code ?? '' }),
    moveTo: (friend: string, to: Referrer) => program.move(friend, ids.get(to)?.id ?? '', TOLD),
  };
}

/** Plays a history in the order in which it comes. Gives what is true in the end. */
export async function playHistory(program: ProgramPlay, history: readonly Turn[]): Promise<FactsByFriend> {
  const { keyOf, signUp, moveTo } = await open(program);
  const facts = new Map<string, Facts>();
  for (const friend of FRIENDS) {
    await signUp(friend, 'ann');
    facts.set(friend, { by: 'ann', isCancelled: false, purchases: [], refunds: [] });
  }
  const buy = async ({ friend, minor }: Turn, fact: Facts) => {
    const nth = fact.purchases.length;
    const day = PURCHASE_DAYS[nth];
    if (day === undefined || fact.isCancelled) return;
    const key = `${friend}o${nth}`;
    await program.act(friend, { ...TOLD, key: keyOf(key), at: at(day), value: usd(minor) });
    fact.purchases.push({ key, minor, day });
  };
  const refund = async ({ friend, nth }: Turn, fact: Facts, key: string, share: bigint | null) => {
    const purchase = fact.purchases[nth];
    if (purchase === undefined) return;
    const minor = share === null ? null : purchase.minor / share;
    const value = minor === null ? {} : { value: usd(minor) };
    const told = await program.refund(friend, keyOf(purchase.key), { ...TOLD, key: keyOf(key), ...value });
    if (told.outcome.decision !== 'accepted') return;
    fact.refunds.push({ key, of: purchase.key, minor, isBack: false });
  };
  const takeBack = async ({ friend, nth }: Turn, fact: Facts, key: string) => {
    const taken = fact.refunds.filter(({ isBack }) => !isBack)[nth];
    if (taken === undefined) return;
    const { outcome } = await program.refund(friend, keyOf(taken.key), { ...TOLD, key: keyOf(key) });
    if (outcome.decision === 'accepted') taken.isBack = true;
  };
  const moved = (to: Referrer) => async (_turn: Turn, fact: Facts) => {
    if ((await moveTo(_turn.friend, to)).outcome.decision === 'accepted') fact.by = to;
  };
  const deeds: Record<Turn['what'], (turn: Turn, fact: Facts, key: string) => Promise<unknown>> = {
    buy,
    refund: (it, fact, key) => refund(it, fact, key, null),
    'part of it': (it, fact, key) => refund(it, fact, key, 3n),
    'take a refund back': takeBack,
    'to ann': moved('ann'),
    'to eve': moved('eve'),
    'to fay': moved('fay'),
    mature: ({ friend }) => program.mature(friend, TOLD.now_ms),
    cancel: async ({ friend }, fact) => {
      if ((await program.cancel(friend, TOLD)).outcome.decision === 'accepted') fact.isCancelled = true;
    },
  };
  for (const [nth, it] of history.entries()) {
    const fact = facts.get(it.friend);
    if (fact !== undefined) await deeds[it.what](it, fact, `turn${nth}`);
  }
  return facts;
}

/** Tells the same facts from the start: nobody moves, what was taken back never came, purchases in time. */
export async function tellFacts(program: ProgramPlay, facts: FactsByFriend): Promise<void> {
  const { keyOf, signUp } = await open(program);
  for (const [friend, { by, purchases: bought, refunds, isCancelled }] of facts) {
    await signUp(friend, by);
    for (const { key, minor, day } of bought.toSorted((a, b) => a.day - b.day)) {
      await program.act(friend, { ...TOLD, key: keyOf(key), at: at(day), value: usd(minor) });
    }
    for (const { key, of, minor } of refunds.filter(({ isBack }) => !isBack)) {
      const value = minor === null ? {} : { value: usd(minor) };
      await program.refund(friend, keyOf(of), { ...TOLD, key: keyOf(key), ...value });
    }
    if (isCancelled) await program.cancel(friend, TOLD);
  }
}

/** What everybody has once every hold is over: counts, amounts by rule, balances, badges, and the boards. */
export async function standingOf(program: ProgramPlay) {
  for (const friend of FRIENDS) await program.mature(friend, END.getTime());
  const { db, id: programId } = program;
  const where = { programId };
  const members = await db.member.findMany({ where, orderBy: { externalId: 'asc' } });
  const rewards = await db.reward.findMany({ where });
  const people = await Promise.all(
    members.map(async ({ id, externalId, qualifiedReferrals }) => {
      const own = rewards.filter(({ memberId }) => memberId === id);
      const { available_minor, owed_minor, pending_minor } = await program.balance(id, END);
      return {
        externalId,
        qualifiedReferrals,
        rules: byRule(own),
        balance_minor: available_minor + owed_minor + pending_minor,
        pending_minor,
        badges: own.filter(({ kind, status }) => kind === 'badge' && status !== 'reversed').length,
      };
    }),
  );
  const scores = await db.boardScore.findMany({ where, include: { window: { include: { board: true } } } });
  const names = new Map(members.map(({ id, externalId }) => [id, externalId]));
  const boards = scores
    .filter(({ score }) => score !== 0n)
    .map(
      ({ window, memberId, score }) => `${window.board.metric} ${window.key} ${names.get(memberId)} ${score}`,
    );
  return { people, boards: boards.sort() };
}

type Granted = {
  readonly ruleId: string | null;
  readonly amountMinor: bigint;
  readonly reversedMinor: bigint;
};

function byRule(rewards: readonly Granted[]): readonly string[] {
  const sums = new Map<string, bigint>();
  for (const { ruleId, amountMinor, reversedMinor } of rewards) {
    sums.set(ruleId ?? '', (sums.get(ruleId ?? '') ?? 0n) + amountMinor - reversedMinor);
  }
  return [...sums]
    .filter(([, minor]) => minor !== 0n)
    .map(([rule, minor]) => `${rule} ${minor}`)
    .sort();
}
